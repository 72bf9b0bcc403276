// Package fit estimates how people adopt from what has been seen: the curve of
// Bass by the estimators in use, logistic and Gompertz curves, the law of the
// number of people where it is known who acted how often, and what the data say
// of the saturation, which is an interval before it is a number.
//
// Time is in periods of the data (days, where a tenant's history is daily), and
// counts are seats or people.
package fit
