package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestHelpExamples runs the example commands of every verb's help, in a folder of
// their own each. What a scenario of one's own needs is there.
func TestHelpExamples(t *testing.T) {
	for _, v := range verbs() {
		t.Run(v.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			makeMine(t)
			makeExports(t)
			examples := 0
			for _, line := range strings.Split(v.help, "\n") {
				if command, ok := strings.CutPrefix(line, "  "); ok && strings.HasPrefix(command, "seatcast ") {
					examples++
					runLine(t, command)
				}
			}
			if examples != 2 {
				t.Errorf("%d examples, want 2", examples)
			}
		})
	}
}

// TestReadmeCommands runs the commands of the README in the order in which a
// reader would, in one folder.
func TestReadmeCommands(t *testing.T) {
	text, err := os.ReadFile(readme)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("there is no README.md")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	makeExports(t)
	commands := 0
	inShell := false
	for _, line := range strings.Split(string(text), "\n") {
		if strings.HasPrefix(line, "```") {
			inShell = line == "```sh"
			continue
		}
		line = strings.Replace(strings.TrimSpace(line), "go run ./cmd/seatcast", "seatcast", 1)
		if inShell && strings.HasPrefix(line, "seatcast ") {
			commands++
			runLine(t, line)
		}
	}
	if commands == 0 {
		t.Error("README.md shows no command")
	}
}

// makeMine makes mine.toml out of a built-in scenario, as the help of show says.
func makeMine(t *testing.T) {
	t.Helper()
	source, _ := seatcast(t, exitDone, "show", "first-year")
	write1(t, "mine.toml", source)
	history := "date,seats,claims\n"
	for i := range 20 {
		history += fmt.Sprintf("2026-01-%02d,%d,2\n", 5+i, 10+2*i+i%3)
	}
	write1(t, "history.csv", history)
	write1(t, "people.csv", "person,first,last,acts\na,2026-01-05,2026-01-09,3\nb,2026-01-05,2026-01-05,1\nc,2026-01-06,2026-01-06,1\n")
}

// makeExports makes what a reader has to import: a folder of exports, the sessions
// of a licence server and a key.
func makeExports(t *testing.T) {
	t.Helper()
	write1(t, "exports/subscribedSkus.json", `[{"skuId":"eda1941c-3c4f-4995-b5eb-e85a42175ab9","prepaidUnits":{"enabled":30},"consumedUnits":20}]`)
	var users []string
	for i := range 60 {
		states := ""
		if i < 20 {
			states = fmt.Sprintf(`{"skuId":"eda1941c-3c4f-4995-b5eb-e85a42175ab9","assignedByGroup":null,"state":"Active","lastUpdatedDateTime":"2026-01-%02dT08:00:00Z"}`, 5+i)
		}
		users = append(users, fmt.Sprintf(`{"id":"u-%d","accountEnabled":true,"licenseAssignmentStates":[%s]}`, i, states))
	}
	write1(t, "exports/users.json", "["+strings.Join(users, ",\n")+"]")
	write1(t, "exports/settings.json", `{"powerPlatform":{"licensing":{"applyPAutoAutoClaimToOnlyManagedEnvironments":false}}}`)
	write1(t, "sessions.csv", "seat_id,checkout,checkin\na,2026-01-05 09:00:00,2026-01-05 10:00:00\nb,2026-01-06 09:00:00,\n")
	write1(t, "key.txt", "0123456789abcdef\n")
}

// runLine runs a line of the shell. A command that states a limit may find it
// broken; every other one must succeed.
func runLine(t *testing.T, line string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-c", line)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && exit.ExitCode() == exitBroken && strings.Contains(line, "--fail-if") {
		err = nil
	}
	if err != nil {
		t.Errorf("%s: %v\n%s", line, err, stderr.String())
	}
	if strings.HasPrefix(line, "seatcast claims") && strings.Count(stdout.String(), "\n") < 4 {
		t.Errorf("%s shows no claim:\n%s", line, stdout.String())
	}
}
