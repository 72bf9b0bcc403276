package scenarios

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

//go:embed library
var library embed.FS

// An Entry is a scenario of the library.
type Entry struct {
	Name     string
	Title    string
	Question string // the first line of the comment that the file opens with
}

// Builtins returns the library's scenarios by name.
func Builtins() []Entry {
	files, _ := fs.Glob(library, "library/*.toml") // the pattern is right
	var all []Entry
	for _, file := range files {
		src, err := library.ReadFile(file)
		if err != nil {
			continue
		}
		b := Entry{Name: strings.TrimSuffix(path.Base(file), ".toml")}
		first, _, _ := strings.Cut(string(src), "\n")
		b.Question = strings.TrimSpace(strings.TrimPrefix(first, "#"))
		if root, problems := parse(file, src); problems == nil {
			if title := root.get("title"); title != nil {
				b.Title, _ = title.value.(string)
			}
		}
		all = append(all, b)
	}
	return all
}

// Builtin returns the library and the file of a scenario in it, as Load takes
// them.
func Builtin(name string) (fsys fs.FS, file string, ok bool) {
	sub, err := fs.Sub(library, "library")
	if err != nil {
		return nil, "", false
	}
	file = name + ".toml"
	if !fs.ValidPath(file) || strings.Contains(name, "/") {
		return nil, "", false
	}
	if _, err := fs.Stat(sub, file); err != nil {
		return nil, "", false
	}
	return sub, file, true
}

// Source returns the text of a scenario of the library.
func Source(name string) ([]byte, error) {
	fsys, file, ok := Builtin(name)
	if !ok {
		return nil, fmt.Errorf("there is no built-in scenario %s%s", quote(name), suggest(name, builtinNames()))
	}
	return fs.ReadFile(fsys, file)
}

func builtinNames() []string {
	var names []string
	for _, b := range Builtins() {
		names = append(names, b.Name)
	}
	return names
}
