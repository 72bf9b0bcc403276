package main

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"seatcast/analysis/oracle"

	"seatcast/output/ledger"
)

// A replayCase is what is known of a log of licence checkouts, replayed as if
// auto-claim had been on: the first checkout of a seat's owner claims, and a
// checkout restarts the idle time.
type replayCase struct {
	People          int    `json:"distinct_seats"`
	First           string `json:"first_checkout"`
	Last            string `json:"last_event"`
	ConcurrentPeak  int    `json:"peak_concurrent_seats"`
	ConcurrentSince string `json:"peak_time"`
	// Refused has the first refusal by seats, where nothing is reclaimed.
	Refused map[string]string `json:"exhaustion_named_no_reclaim"`
	// Idle has the replay of unlimited seats by idle days.
	Idle map[string]struct {
		Claims int
		Peak   int     `json:"peak_licensed"`
		Since  string  `json:"peak_time"`
		Mean   float64 `json:"mean_licensed"`
		End    int     `json:"licensed_at_end"`
	} `json:"idle_timeout_replay_tau_days"`
}

// A replayGrid is the replay of finite pools.
type replayGrid struct {
	Grid []struct {
		Seats   int `json:"pool_c"`
		Idle    int `json:"idle_timeout_days"` // 0, for null: nothing is reclaimed
		Claims  int
		Denied  int    `json:"denied_attempts"`
		People  int    `json:"denied_seats"`
		Refused string `json:"first_denial"` // "", for null: no refusal
		Peak    int    `json:"peak_licensed"`
	}
	Enough map[string]int `json:"min_pool_without_denial"` // by idle days, or None
}

// TestOracleReplay replays two real logs through the command, every pool and idle
// time of the oracle as a what-if, with zero difference in every instant and count.
func TestOracleReplay(t *testing.T) {
	for _, log := range []struct{ name, file string }{
		{"upm_autodesk", "../../scenarios/library/upm_autodesk_sessions.csv"},
		{"sergioedo_autocad", "../../scenarios/testdata/trace/sergioedo_autocad_sessions.csv"},
	} {
		t.Run(log.name, func(t *testing.T) {
			want := oracle.Expected[replayCase](t, "replay_"+log.name)
			grid := oracle.Expected[replayGrid](t, "replay_finite_pool_"+log.name)
			data, err := os.ReadFile(log.file)
			if err != nil {
				t.Fatal(err)
			}
			r := replayed(t, want, data, `columns = { time = "checkout", user = "seat_id" }, action = "trigger", `, cells(want, grid))
			r.checkUnlimited(t, want)
			r.checkGrid(t, grid)
			for seats, at := range want.Refused {
				if got := r.pools[cell(number(t, seats), 0)].firstRefusal; got != at {
					t.Errorf("%s seats, nothing reclaimed: first refusal %s, want %s", seats, got, at)
				}
			}

			concurrent := replayed(t, want, concurrency(t, data), "", nil)
			if got := concurrent.curves["base"]; got.peak != want.ConcurrentPeak || got.since != want.ConcurrentSince {
				t.Errorf("at most %d at once, first at %s; want %d at %s", got.peak, got.since, want.ConcurrentPeak, want.ConcurrentSince)
			}
		})
	}
}

// A poolCell is a number of seats and the days of idle time, 0 where nothing is
// reclaimed.
type poolCell struct{ seats, idle int }

// unlimited is more seats than a log has people.
const unlimited = 100_000

// cell returns the name of the what-if of a pool and idle time.
func cell(seats, idle int) string { return fmt.Sprintf("c%d-t%d", seats, idle) }

// cells returns all that the oracle tells about, and for each smallest pool
// without a refusal that and the next smaller one.
func cells(want replayCase, grid replayGrid) []poolCell {
	all := map[poolCell]bool{{unlimited, 0}: true}
	for seats := range want.Refused {
		n, _ := strconv.Atoi(seats)
		all[poolCell{n, 0}] = true
	}
	for idle := range want.Idle {
		n, _ := strconv.Atoi(idle)
		all[poolCell{unlimited, n}] = true
	}
	for _, c := range grid.Grid {
		all[poolCell{c.Seats, c.Idle}] = true
	}
	for idle, seats := range grid.Enough {
		n, _ := strconv.Atoi(idle) // 0 for None
		all[poolCell{seats, n}], all[poolCell{seats - 1, n}] = true, true
	}
	return slices.SortedFunc(maps.Keys(all), func(a, b poolCell) int { return cmp.Or(a.seats-b.seats, a.idle-b.idle) })
}

// A replay is what the command wrote.
type replay struct {
	pools  map[string]poolRow // by variant
	curves map[string]*curve
}

// A poolRow is a row of replications.csv.
type poolRow struct {
	peak, claims, refused, people int
	firstRefusal                  string
}

// A curve is what claims.csv says of the holders from the first checkout to the
// last event.
type curve struct {
	peak, end int
	since     string // of the peak
	mean      float64

	held int
	at   time.Time
	area float64 // holders times seconds
}

const stamp = "2006-01-02 15:04:05"

// replayed runs the command on a trace, with a what-if for each pool.
func replayed(t *testing.T, want replayCase, trace []byte, keys string, pools []poolCell) replay {
	t.Helper()
	first, last := instant(t, want.First), instant(t, want.Last)
	days := int(last.Sub(first.Truncate(24*time.Hour)).Hours())/24 + 1
	var text strings.Builder
	fmt.Fprintf(&text, `
[study]
start = %s
days = %d
[tenants.t]
pools.premium.seats = %d
auto-claim = { enabled = true }
policies.p = { app = "rpa-attended", product = "premium" }
trace = { file = "log.csv", %s flow = "premium" }
`, first.Format(time.DateOnly), days, unlimited, keys)
	for _, c := range pools {
		fmt.Fprintf(&text, "[what-if.%s.tenants.t]\npools.premium.seats = %d\n", cell(c.seats, c.idle), c.seats)
		if c.idle > 0 {
			fmt.Fprintf(&text, "reclaim.premium.idle-for = \"%dd\"\n", c.idle)
		}
	}
	dir := t.TempDir()
	file, out := filepath.Join(dir, "replay.toml"), filepath.Join(dir, "out")
	for name, data := range map[string][]byte{file: []byte(text.String()), filepath.Join(dir, "log.csv"): trace} {
		if err := os.WriteFile(name, data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), []string{"run", file, "--out", out, "--ledger", "--format", "json"}, &stdout, &stderr); code != exitDone {
		t.Fatalf("exit code %d: %s", code, stderr.String())
	}
	r := replay{poolRows(t, filepath.Join(out, "replications.csv")), curves(t, filepath.Join(out, "claims.csv"), first, last)}
	r.checkSummary(t, filepath.Join(out, "summary.json"))
	return r
}

// poolRows reads replications.csv, which has one row a variant.
func poolRows(t *testing.T, name string) map[string]poolRow {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := map[string]int{}
	for i, key := range lines[0] {
		column[key] = i
	}
	all := map[string]poolRow{}
	for _, line := range lines[1:] {
		count := func(key string) int { return number(t, line[column[key]]) }
		p := poolRow{peak: count("peak"), claims: count("claims"), refused: count("refused_claims"), people: count("refused_users")}
		if at := line[column["first_refusal"]]; at != "" {
			refused, err := time.Parse(time.RFC3339, at)
			if err != nil {
				t.Fatal(err)
			}
			p.firstRefusal = refused.Format(stamp)
		}
		all[line[column["variant"]]] = p
	}
	return all
}

// curves reads the holders of every variant off claims.csv: each row that changes
// them has their number just after.
func curves(t *testing.T, name string, first, last time.Time) map[string]*curve {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	all := map[string]*curve{}
	for row, err := range ledger.Read(file) {
		if err != nil {
			t.Fatal(err)
		}
		c := all[row.Variant]
		if c == nil {
			c = &curve{at: first}
			all[row.Variant] = c
		}
		if row.Product == "" || row.Time.After(last) {
			continue
		}
		c.to(row.Time)
		if c.held = row.Assigned; c.held > c.peak {
			c.peak, c.since = c.held, row.Time.Format(stamp)
		}
	}
	for _, c := range all {
		c.to(last)
		c.end, c.mean = c.held, c.area/last.Sub(first).Seconds()
	}
	return all
}

// to moves the curve on to an instant.
func (c *curve) to(at time.Time) {
	c.area += float64(c.held) * at.Sub(c.at).Seconds()
	c.at = at
}

// checkSummary demands that summary.json says the same as replications.csv: of one
// replication every mean is the number itself.
func (r replay) checkSummary(t *testing.T, name string) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	type estimate struct{ Mean float64 }
	var summary struct {
		Replications int
		Variants     map[string]struct {
			Pools map[string]struct {
				Peak, Claims estimate
				Refused      estimate `json:"refused_claims"`
				People       estimate `json:"refused_users"`
			}
		}
	}
	if err := json.Unmarshal(data, &summary); err != nil {
		t.Fatal(err)
	}
	if summary.Replications != 1 || len(summary.Variants) != len(r.pools) {
		t.Errorf("summary.json has %d replications of %d variants, want 1 of %d", summary.Replications, len(summary.Variants), len(r.pools))
	}
	for variant, p := range r.pools {
		got := summary.Variants[variant].Pools["t/premium"]
		for _, c := range []struct {
			got  estimate
			want int
		}{{got.Peak, p.peak}, {got.Claims, p.claims}, {got.Refused, p.refused}, {got.People, p.people}} {
			if c.got.Mean != float64(c.want) {
				t.Errorf("variant %s: summary.json has %v, replications.csv %+v", variant, got, p)
				break
			}
		}
	}
}

// checkUnlimited compares the replays of unlimited seats.
func (r replay) checkUnlimited(t *testing.T, want replayCase) {
	t.Helper()
	if got := r.curves["base"]; got.end != want.People || r.pools["base"].claims != want.People {
		t.Errorf("nothing reclaimed: %d holders, %d claims; want %d people", got.end, r.pools["base"].claims, want.People)
	}
	for idle, w := range want.Idle {
		name := cell(unlimited, number(t, idle))
		p, c := r.pools[name], r.curves[name]
		if p.claims != w.Claims || p.peak != w.Peak || c.peak != w.Peak || c.since != w.Since || c.end != w.End {
			t.Errorf("idle %s d: %+v, %+v; want %+v", idle, p, c, w)
		}
		if math.Abs(c.mean-w.Mean) > 1e-6*w.Mean {
			t.Errorf("idle %s d: %.6f holders in the mean, want %.6f", idle, c.mean, w.Mean)
		}
	}
}

// checkGrid compares the replays of finite pools.
func (r replay) checkGrid(t *testing.T, grid replayGrid) {
	t.Helper()
	for _, w := range grid.Grid {
		want := poolRow{peak: w.Peak, claims: w.Claims, refused: w.Denied, people: w.People, firstRefusal: w.Refused}
		if got := r.pools[cell(w.Seats, w.Idle)]; got != want {
			t.Errorf("%d seats, idle %d d: %+v, want %+v", w.Seats, w.Idle, got, want)
		}
	}
	for key, seats := range grid.Enough {
		idle, _ := strconv.Atoi(key)
		if enough, fewer := r.pools[cell(seats, idle)], r.pools[cell(seats-1, idle)]; enough.refused != 0 || enough.claims == 0 || fewer.refused == 0 {
			t.Errorf("idle %d d: %d seats refuse %d claims, %d seats %d; want none and some", idle, seats, enough.refused, seats-1, fewer.refused)
		}
	}
	t.Logf("%d cells and %d smallest pools: zero difference, unless told above", len(grid.Grid), len(grid.Enough))
}

// concurrency turns a log into a trace of the first checkout of a seat's owner and
// the last checkin, wherever sessions overlap or touch. At one instant those who
// begin go before those who end, as the licence server counted.
func concurrency(t *testing.T, data []byte) []byte {
	t.Helper()
	lines, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	type event struct {
		at, seat string
		step     int
	}
	var events []event
	for _, line := range lines[1:] {
		seat, out, in := line[3], line[4], line[5]
		events = append(events, event{out, seat, 1})
		if in != "" {
			events = append(events, event{in, seat, -1})
		}
	}
	slices.SortStableFunc(events, func(a, b event) int { return cmp.Or(cmp.Compare(a.at, b.at), b.step-a.step) })
	var trace bytes.Buffer
	trace.WriteString("time,user,action\n")
	open := map[string]int{}
	for _, e := range events {
		before := open[e.seat]
		open[e.seat] += e.step
		switch {
		case before == 0:
			fmt.Fprintf(&trace, "%s,%s,trigger\n", e.at, e.seat)
		case open[e.seat] == 0:
			fmt.Fprintf(&trace, "%s,%s,release\n", e.at, e.seat)
		}
	}
	return trace.Bytes()
}

// instant reads a time of the oracle, which is of the log's own clock.
func instant(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(stamp, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func number(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
