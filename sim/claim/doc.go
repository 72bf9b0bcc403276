// Package claim is the claim engine: a state machine of one tenant's policies,
// pools of seats, entitlements, groups and subscriptions. It takes one act, one
// deed of an administrator, one change of a subscription or one arrival at a
// time, and returns what became of it as data. It has no clock, no dice and no
// I/O: what takes time is scheduled by the caller, who calls back when it is due.
//
// The rules that it keeps are cited by name (C1 to C14, P1 to P8, S1 to S6, G1
// to G4) where they stand; testdata/rules tells them as stories. Their source is
// Microsoft's "Auto-claim policies for Power Automate licenses" (2024-10-14) and
// the pages it refers to. Rules marked "an assumption" are not documented.
package claim
