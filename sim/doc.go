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
// Of the acts in a tenant's year nearly all change nothing: they meet someone who is
// entitled, or who is turned away once more by the same answer. Any part of what a
// person does is to be had without the rest (behave.Process), so a run asks for the
// acts that could change something, and counts the others:
//
//   - acts of the entitled at the end, by the number in a stretch of time (skipped);
//   - acts of those who are turned away when something changes for them (crowd);
//   - of a holder's acts only the last before the seat might be idle for too long is
//     looked for, ahead of time (idleRule).
//
// People stand in memory in the order in which they adopt, so that who acts next is
// near. With Options.EveryAct a run goes through all acts; the tests demand that both
// give the same record to the byte, and a ledger, which lists every act, is written
// that way.
package sim
