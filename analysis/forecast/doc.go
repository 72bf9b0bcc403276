// Package forecast says where a series of seats or people goes, as a law and not a
// line, and how good such forecasts have been.
//
// A Model turns the past of a series into a Law: quantiles of each of the next
// periods. There are the models in common use (naive, drift, linear, ETS, Theta,
// ARIMA, sigmoids), and Combined, which weighs them by how they have done on the
// series' own past and widens or narrows what comes out until it would have held as
// often as it says. Backtest puts any of them at many origins of a series, scores
// them by what came, and makes the table that a forecast should be read with.
package forecast
