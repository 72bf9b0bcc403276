package engine

import (
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"
	"text/template"
	"time"
)

// Kubernetes runs the missing parts as an Indexed Job, by the command kubectl and
// its current context. It needs Kubernetes 1.33 or later (backoffLimitPerIndex).
type Kubernetes struct {
	Namespace string // "": that of the context
	Image     string // holds the program
	Claim     string // the PersistentVolumeClaim of the volume that the study folder is on
	Mount     string // where a pod has the volume; the study folder is there or below
	UID, GID  int    // the user that owns the study folder; 0: 65532, for a pod is never root
}

// The image is built as Containerfile says; claim.yaml is for a cluster that has no claim yet.
//
//go:embed kubernetes.yaml
var kubernetesText string

// Limits of the API of Kubernetes.
const (
	nobody     = 65532  // the customary user of an image without users
	maxIndexes = 10_000 // parallelism of an Indexed Job with a limit of failed indexes
	maxValue   = 120_000
)

// inJSON writes a value as JSON, which is YAML too, whatever a text holds.
func inJSON(v any) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return strings.TrimSpace(b.String()), err
}

// Name is kubernetes.
func (Kubernetes) Name() string { return "kubernetes" }

// Script returns the manifest of the job.
func (k Kubernetes) Script(job Job) ([]byte, error) {
	if err := errors.Join(job.check(), k.check(job)); err != nil {
		return nil, err
	}
	job.Resources = job.Resources.withDefaults()
	command := append([]string{job.Program}, job.Args...)
	for i, word := range command {
		command[i] = strings.ReplaceAll(word, "$", "$$") // else the kubelet puts $(NAME) in
	}
	k.UID, k.GID = cmp.Or(k.UID, nobody), cmp.Or(k.GID, nobody)
	return fill("kubernetes.yaml", kubernetesText, template.FuncMap{"json": inJSON}, struct {
		Job
		Kubernetes
		ID, List           string
		Command            []string
		MaxFailed, Seconds int
	}{job, k, job.id(), formatParts(job.Missing), command, (len(job.Missing) + 1) / 2, int((job.Resources.Time + time.Second - 1) / time.Second)})
}

// isLabel reports whether a text is a name of Kubernetes. The expression is slow to compile,
// so only who needs it does.
func isLabel(text string) bool {
	return regexp.MustCompile(`^[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?$`).MatchString(text)
}

// check returns everything that the API would refuse, or worse, accept.
func (k Kubernetes) check(job Job) error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf("kubernetes: "+format, args...)) }
	if k.Image == "" {
		bad("no image: build one as the Containerfile says")
	}
	if !isLabel(k.Claim) {
		bad("the claim %q is not a name of Kubernetes: a-z, 0-9 and -", k.Claim)
	}
	if k.Namespace != "" && !isLabel(k.Namespace) {
		bad("the namespace %q is not a name of Kubernetes: a-z, 0-9 and -", k.Namespace)
	}
	if !path.IsAbs(k.Mount) || strings.Contains(k.Mount, ":") {
		bad("the volume cannot be mounted at %q: want an absolute path without a colon", k.Mount)
	} else if mount := path.Clean(k.Mount); mount == "/" || path.Clean(job.Dir) != mount && !strings.HasPrefix(path.Clean(job.Dir), mount+"/") {
		bad("the study folder %s is not on the volume that is mounted at %s", job.Dir, k.Mount)
	}
	if k.UID < 0 || k.GID < 0 {
		bad("user %d and group %d must not be negative", k.UID, k.GID)
	}
	if len(job.Missing) > maxIndexes || len(formatParts(job.Missing)) > maxValue {
		bad("%d parts are more than one job may have (%d): cut the study into fewer", len(job.Missing), maxIndexes)
	}
	return errors.Join(errs...)
}

// kubectl runs kubectl in the namespace.
func (k Kubernetes) kubectl(ctx context.Context, stdin string, args ...string) (string, error) {
	if k.Namespace != "" {
		args = append(args, "--namespace="+k.Namespace)
	}
	return call(ctx, "", stdin, "kubectl", args...)
}

// Submit applies the manifest. A job cannot be changed, so an old one goes first.
func (k Kubernetes) Submit(ctx context.Context, job Job) error {
	script, err := k.Script(job)
	if err != nil {
		return err
	}
	if err := k.Cancel(ctx, job); err != nil {
		return err
	}
	_, err = k.kubectl(ctx, string(script), "apply", "--filename=-")
	return err
}

// Alive is true until the job has a condition that says where it will end:
// SuccessCriteriaMet or FailureTarget come at once, Complete and Failed only when every
// pod is gone, which on a lost node may be never.
func (k Kubernetes) Alive(ctx context.Context, job Job) (bool, error) {
	out, err := k.kubectl(ctx, "", "get", "job", job.id(), "--ignore-not-found", "--output=json")
	if err != nil || strings.TrimSpace(out) == "" {
		return false, err
	}
	var found struct {
		Status struct {
			Conditions []struct{ Type, Status string }
		}
	}
	if err := json.Unmarshal([]byte(out), &found); err != nil {
		return false, fmt.Errorf("kubectl get job: %w", err)
	}
	for _, c := range found.Status.Conditions {
		switch c.Type {
		case "SuccessCriteriaMet", "FailureTarget", "Complete", "Failed":
			if c.Status == "True" {
				return false, nil
			}
		}
	}
	return true, nil
}

// Cancel deletes the job; its pods get SIGTERM, and half a minute.
func (k Kubernetes) Cancel(ctx context.Context, job Job) error {
	_, err := k.kubectl(ctx, "", "delete", "job", job.id(), "--ignore-not-found", "--cascade=background", "--wait=true", "--timeout=25s")
	return err
}

// Logs are with the pods, for a day.
func (k Kubernetes) Logs(job Job) string {
	command := "kubectl logs --prefix --selector=batch.kubernetes.io/job-name=" + job.id()
	if k.Namespace != "" {
		command += " --namespace=" + k.Namespace
	}
	return command
}
