// Package statistics counts what happened in a hall. The log's events flow in
// (Fold), one Visit per ticket comes out of them, and visits flow through a
// Builder into a Table: counts, waits, service times and ratings by day, hour,
// weekday, service, window, clerk, zone, channel or priority.
//
// There is no I/O and no clock inside. Every figure is a sum over the periods
// of a visit, the queue's only account of time, so that the log alone explains
// each of them; package follow keeps the visits in a table.
package statistics

// Rules is the version of the rules by which visits are folded. Visits that
// were folded by other rules are folded anew from the log.
//   - 1: stages from periods
const Rules = 1
