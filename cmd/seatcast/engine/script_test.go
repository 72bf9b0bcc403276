package engine

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"sigs.k8s.io/yaml"
)

var update = flag.Bool("update", false, "write the golden files again")

// hostile is a name that every layer of quoting would like to read otherwise.
const hostile = `/data/it's $(HOME) "$HOME" %a \n 100% #é; {{x}}: &*`

var example = Job{Name: "First Year, 2026", Dir: "/data/first-year", Program: "/seatcast", Args: []string{"study", "shard", "--dir", "/data/first-year"},
	Parts: 12, Missing: []int{0, 1, 2, 7, 11}, Resources: Resources{CPUs: 2, Memory: 2048, Time: 90 * time.Minute}}

var onKubernetes = Kubernetes{Namespace: "planning", Image: "registry.example/seatcast:1", Claim: "studies", Mount: "/data"}

func hostileJob() Job {
	job := example
	job.Name, job.Dir, job.Args = hostile, hostile, []string{"--dir", hostile, "", "-x"}
	return job
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s: %v; go test -update writes\n%s", file, err, got)
	}
}

func script(t *testing.T, e Engine, job Job) []byte {
	t.Helper()
	text, err := e.Script(job)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestSlurmScript: the script is the golden one, and a shell that runs it calls the
// program with the very arguments, also when they are hostile.
func TestSlurmScript(t *testing.T) {
	golden(t, "slurm.sh", script(t, Slurm{}, example))
	job := hostileJob()
	if _, err := (Slurm{}).Script(job); err == nil || !strings.Contains(err.Error(), "pattern") {
		t.Errorf("a folder with %% in its name: %v", err)
	}
	job.Dir = example.Dir // the arguments stay hostile
	dir := t.TempDir()
	job.Program = filepath.Join(dir, "it's a program")
	if err := os.WriteFile(job.Program, []byte("#!/bin/sh\nprintf '%s\\0' \"$SEATCAST_PARTS\" \"$@\"\n"), 0o777); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh")
	cmd.Stdin = bytes.NewReader(script(t, Slurm{}, job))
	out, err := cmd.Output()
	if want := "12\x00" + strings.Join(job.Args, "\x00") + "\x00"; err != nil || string(out) != want {
		t.Errorf("%v: the program was called with %q, want %q", err, out, want)
	}
}

// schema compiles one kind of the API of Kubernetes, strictly: a field that it does not know is an error.
func schema(t *testing.T, kind string) *jsonschema.Schema {
	t.Helper()
	data, err := os.ReadFile("testdata/kubernetes/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range doc.(map[string]any)["components"].(map[string]any)["schemas"].(map[string]any) {
		if s := s.(map[string]any); s["properties"] != nil {
			s["additionalProperties"] = false
		}
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("k8s.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("k8s.json#/components/schemas/" + kind)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// decode reads a manifest strictly; a key twice is an error.
func decode(t *testing.T, manifest []byte) (doc map[string]any) {
	t.Helper()
	if err := yaml.UnmarshalStrict(manifest, &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

const jobKind, claimKind = "io.k8s.api.batch.v1.Job", "io.k8s.api.core.v1.PersistentVolumeClaim"

// TestKubernetesManifest holds the manifests against the golden ones and the schema of the API.
func TestKubernetesManifest(t *testing.T) {
	golden(t, "kubernetes.yaml", script(t, onKubernetes, example))
	claim, err := os.ReadFile("claim.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s := schema(t, jobKind)
	if err := schema(t, claimKind).Validate(decode(t, claim)); err != nil {
		t.Error(err)
	}
	for _, job := range []Job{example, hostileJob(), {Name: "ü", Dir: "/data", Program: "/p", Parts: 1, Missing: []int{0}}} {
		doc := decode(t, script(t, onKubernetes, job))
		if err := s.Validate(doc); err != nil {
			t.Error(err)
		}
		containers := at(doc, "spec.template.spec.containers").([]any)[0]
		var want []any
		for _, word := range append([]string{job.Program}, job.Args...) {
			want = append(want, word)
		}
		got := slices.Clone(at(containers, "command").([]any))
		for i := range got {
			got[i] = strings.ReplaceAll(got[i].(string), "$$", "$") // as the kubelet does
		}
		if !slices.Equal(got, want) {
			t.Errorf("command %q, want %q", got, want)
		}
		if n := at(doc, "spec.completions").(float64); int(n) != len(job.Missing) {
			t.Errorf("%v completions for %v", n, job.Missing)
		}
		// What the API refuses beyond its schema.
		if spec := at(doc, "spec").(map[string]any); spec["podFailurePolicy"] != nil || at(spec, "template.spec.restartPolicy") != "Never" ||
			spec["completionMode"] != "Indexed" || spec["maxFailedIndexes"].(float64) > spec["completions"].(float64) {
			t.Errorf("the API refuses %v", spec)
		}
	}
	// The check can fail.
	doc := decode(t, script(t, onKubernetes, example))
	doc["spec"].(map[string]any)["backoffLimitPerIndices"] = 2.0
	if s.Validate(doc) == nil {
		t.Error("the schema knows backoffLimitPerIndices")
	}
}

func at(doc any, path string) any {
	for name := range strings.SplitSeq(path, ".") {
		doc = doc.(map[string]any)[name]
	}
	return doc
}

func TestRefused(t *testing.T) {
	wrong := example
	wrong.Dir, wrong.Program, wrong.Missing = "first-year", "a\xff", []int{3, 3}
	for _, e := range []Engine{Slurm{}, Kubernetes{Namespace: "A B", Mount: "/a:b"}} {
		_, err := e.Script(wrong)
		for _, want := range []string{"study folder", "the program", "UTF-8", "[3 3]"} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v does not say %s", e.Name(), err, want)
			}
		}
	}
	elsewhere := onKubernetes
	elsewhere.Mount = "/dat"
	if _, err := elsewhere.Script(example); err == nil || !strings.Contains(err.Error(), "not on the volume") {
		t.Error(err)
	}
}

// TestNames: whatever a study is called, its job has a name that Slurm and Kubernetes take.
func TestNames(t *testing.T) {
	seen := map[string]bool{}
	for _, name := range []string{"", "-", "ü", "A, b", strings.Repeat("x", 300), strings.Repeat("x-", 300), hostile} {
		for _, study := range []Job{{Dir: "/a"}, {Dir: "/b"}, {Dir: "/a", Plan: "c0ffee"}} {
			study.Name = name
			id := study.id()
			if !isLabel(id) || len(id) > 57 || strings.Contains(id, ".") {
				t.Errorf("%q: %s", name, id)
			}
			seen[id] = true
		}
	}
	if len(seen) < 12 {
		t.Errorf("studies share a job: %v", seen)
	}
}

// TestKubectl: a job is over by its conditions, and kubectl is asked as it should be.
func TestKubectl(t *testing.T) {
	bin := t.TempDir()
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	t.Setenv("JOB_COMPLETION_INDEX", "3")
	put := func(name, text string) {
		if err := os.WriteFile(filepath.Join(bin, name), []byte(text), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	put("kubectl", "#!/bin/sh\necho \"$@ $JOB_COMPLETION_INDEX\" >> "+bin+"/calls\ncase $1 in get) cat "+bin+"/answer;; apply) cat > "+bin+"/applied;; esac\n")
	for condition, want := range map[string]bool{"Suspended": true, "SuccessCriteriaMet": false, "Complete": false, "FailureTarget": false, "Failed": false} {
		answer, _ := json.Marshal(map[string]any{"status": map[string]any{"conditions": []any{map[string]any{"type": condition, "status": "True"}}}})
		put("answer", string(answer))
		if alive, err := onKubernetes.Alive(t.Context(), example); alive != want || err != nil {
			t.Errorf("%s: alive is %v, %v", condition, alive, err)
		}
	}
	put("answer", "")
	if alive, err := onKubernetes.Alive(t.Context(), example); alive || err != nil {
		t.Errorf("no job: alive is %v, %v", alive, err)
	}
	put("calls", "")
	if err := onKubernetes.Submit(t.Context(), example); err != nil {
		t.Fatal(err)
	}
	calls, _ := os.ReadFile(filepath.Join(bin, "calls"))
	want := "delete job " + example.id() + " --ignore-not-found --cascade=background --wait=true --timeout=25s --namespace=planning \napply --filename=- --namespace=planning \n"
	if string(calls) != want {
		t.Errorf("calls\n%s, want\n%s", calls, want)
	}
	if applied, _ := os.ReadFile(filepath.Join(bin, "applied")); !bytes.Equal(applied, script(t, onKubernetes, example)) {
		t.Errorf("applied %s", applied)
	}
}
