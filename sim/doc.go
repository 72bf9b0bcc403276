// Package sim simulates a World: what people do (behave) meets the claim engine
// (claim) on the simulation clock (clock), and leaves a record (record).
//
// A tenant is simulated by itself, on a clock of its own that starts at its local
// midnight. Run simulates one replication; Replicate many, on all cores.
//
// # Luck
//
// What a person would do is drawn from streams addressed by seed, replication,
// tenant, segment and person, never by variant or policy. So a what-if, a tenant,
// a segment or a replication more changes no other number, two variants meet the
// same people, and the number of workers cannot show.
//
// # Skipping
//
// Of the acts in a tenant's year some 99% meet an entitled person and change
// nothing. A run asks each person only for the next act that could change
// something, and counts the rest at the end. With Options.EveryAct it goes through
// all of them; the tests demand that both give the same record to the byte, and a
// ledger, which lists every act, is written that way.
package sim
