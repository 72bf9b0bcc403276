package exports

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// A file is an export while it is read.
type file struct {
	tenant  *tenant
	name    string
	text    *text
	line    int // of the present row
	rows    int
	used    int
	strange int // rows of no kind
}

// at returns the place of the present row.
func (f *file) at() Place { return Place{f.name, f.line} }

// skip leaves the present row out.
func (f *file) skip(k kind, format string, args ...any) {
	f.rows++
	if k == noKind {
		f.strange++
	}
	f.tenant.report.count(f.name, k, false)
	f.tenant.report.skip(f.at(), fmt.Sprintf(format, args...))
}

// use counts the present row as used.
func (f *file) use(k kind) {
	f.rows++
	f.used++
	f.tenant.report.count(f.name, k, true)
}

// broken returns an error of the file at a line.
func (f *file) broken(line int, format string, args ...any) error {
	return fmt.Errorf("%s: %s", Place{f.name, line}, fmt.Sprintf(format, args...))
}

// open reads the file of a source.
func (f *file) open(s Source) error {
	in, err := s.Open()
	if err != nil {
		return f.broken(0, "%v", err)
	}
	defer in.Close()
	f.text, err = newText(in)
	if err == nil {
		err = f.sniff()
	}
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF) && f.text == nil, errors.Is(err, gzip.ErrHeader):
		return f.broken(0, "begins as a gzip file and is none, or is cut short")
	case errors.As(err, new(*readError)):
		return f.broken(f.text.line(f.text.size-1), "%v", err)
	}
	return err
}

// A readError is an error of the bytes of a file, and not of what they mean.
type readError struct{ err error }

// Error returns what could not be read.
func (r *readError) Error() string {
	switch {
	case errors.Is(r.err, io.ErrUnexpectedEOF):
		return "the gzip file is cut short"
	case errors.Is(r.err, gzip.ErrChecksum), errors.Is(r.err, gzip.ErrHeader):
		return "the gzip file is damaged: " + r.err.Error()
	}
	return r.err.Error()
}

// Unwrap returns the cause.
func (r *readError) Unwrap() error { return r.err }

// sniff finds out what the file is, and reads it.
func (f *file) sniff() error {
	head, err := f.text.in.Peek(peekBytes)
	if err != nil && err != io.EOF {
		return &readError{err}
	}
	start := bytes.TrimLeft(head, " \t\r\n")
	switch {
	case len(start) == 0 && len(head) == peekBytes:
		return notExport{1, "has nothing but blanks where an export begins"}
	case len(start) == 0:
		return notExport{1, "is empty"}
	case start[0] == '{', start[0] == '[':
		return f.json()
	case start[0] == '<':
		return notExport{1, "is a page of HTML or XML, perhaps of a sign-in that ran out: export it again"}
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return notExport{1, "is a ZIP or Excel file: unpack it, or save the sheet as CSV"}
	case bytes.IndexByte(head, 0) >= 0:
		return notExport{1, "is no text"}
	}
	return f.csv(head)
}

// json reads JSON: a page of Graph with its rows under value, an array, a single
// object, or several of those one after the other.
func (f *file) json() error {
	dec := json.NewDecoder(f.text)
	for {
		token, err := dec.Token()
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return f.badJSON(dec, err)
		case token == json.Delim('['):
			err = f.elements(dec)
		case token == json.Delim('{'):
			err = f.object(dec)
		default:
			f.line = f.text.mark(dec.InputOffset())
			f.skip(noKind, "is a value of its own, not an object")
		}
		if err != nil {
			return err
		}
	}
}

// badJSON returns the error of JSON that cannot be read on.
func (f *file) badJSON(dec *json.Decoder, err error) error {
	var syntax *json.SyntaxError
	at := dec.InputOffset()
	switch {
	case err == io.EOF, err == io.ErrUnexpectedEOF && f.text.drained():
		return f.broken(f.text.line(f.text.size-1), "ends in the middle of the JSON: the file is cut short")
	case errors.As(err, &syntax):
		return f.broken(f.text.line(max(at, syntax.Offset-1)), "is no JSON: %v", err)
	case errors.Is(err, errLong):
		return f.broken(f.text.line(at), "%v", err)
	}
	return &readError{err}
}

// elements reads the rest of an array, an element a row.
func (f *file) elements(dec *json.Decoder) error {
	var r record
	for dec.More() {
		f.line = f.text.mark(f.text.skipBlank(dec))
		r = record{}
		err := dec.Decode(&r)
		if mistyped := (*json.UnmarshalTypeError)(nil); errors.As(err, &mistyped) {
			f.skip(noKind, "%s", typeReason(mistyped))
			continue
		}
		if err != nil {
			return f.badJSON(dec, err)
		}
		if err := f.record(&r); err != nil {
			return err
		}
	}
	if _, err := dec.Token(); err != nil {
		return f.badJSON(dec, err)
	}
	return nil
}

// typeReason says what is wrong with a row whose field is of another type.
func typeReason(err *json.UnmarshalTypeError) string {
	if err.Field == "" {
		return "is " + article(err.Value) + ", not an object"
	}
	what, name := article(strings.Fields(err.Value)[0]), fieldName(err.Field)
	switch {
	case strings.HasPrefix(err.Type.String(), "int"):
		return fmt.Sprintf("%s is %s, not a whole number that can be", name, what)
	case err.Value == "string":
		return fmt.Sprintf("%s is %s: PowerShell's ConvertTo-Json needs -Depth 10", name, what)
	}
	return fmt.Sprintf("%s is %s", name, what)
}

// fieldName returns the name of a field of record as the APIs have it.
func fieldName(field string) string {
	parts := strings.Split(strings.ReplaceAll(field, "ID", "Id"), ".")
	for i, p := range parts {
		if p != "" {
			parts[i] = strings.ToLower(p[:1]) + p[1:]
		}
	}
	return printable(strings.Join(parts, "."))
}

func article(what string) string {
	if strings.ContainsAny(what[:1], "aeiou") {
		return "an " + what
	}
	return "a " + what
}

// object reads the rest of an object: the page of an answer, whose rows are
// under value, or a row of its own.
func (f *file) object(dec *json.Decoder) error {
	line := f.text.mark(dec.InputOffset() - 1)
	fields, page := map[string]json.RawMessage{}, false
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return f.badJSON(dec, err)
		}
		name, _ := key.(string)
		if name == "value" {
			rows, err := f.value(dec)
			if err != nil {
				return err
			}
			page = page || rows
			continue
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return f.badJSON(dec, err)
		}
		fields[name] = value
	}
	if _, err := dec.Token(); err != nil {
		return f.badJSON(dec, err)
	}
	f.line = line
	if page {
		_, next := fields["@odata.nextLink"]
		f.tenant.page(context(fields), f.at(), next)
		return nil
	}
	return f.single(fields)
}

// value reads what stands under value, and reports whether that is rows.
func (f *file) value(dec *json.Decoder) (rows bool, err error) {
	switch token, err := dec.Token(); {
	case err != nil:
		return false, f.badJSON(dec, err)
	case token == json.Delim('['):
		return true, f.elements(dec)
	case token == json.Delim('{'):
		for depth := 1; depth > 0; {
			token, err := dec.Token()
			if err != nil {
				return false, f.badJSON(dec, err)
			}
			switch token {
			case json.Delim('{'), json.Delim('['):
				depth++
			case json.Delim('}'), json.Delim(']'):
				depth--
			}
		}
	}
	return false, nil
}

// context returns what an answer of Graph says that it is about.
func context(fields map[string]json.RawMessage) string {
	var context string
	if json.Unmarshal(fields["@odata.context"], &context) != nil {
		return ""
	}
	_, about, _ := strings.Cut(context, "#")
	about, _, _ = strings.Cut(about, "(")
	return about
}

// single reads an object that is a row of its own.
func (f *file) single(fields map[string]json.RawMessage) error {
	var r record
	data, err := json.Marshal(fields)
	if err == nil {
		err = json.Unmarshal(data, &r)
	}
	if mistyped := (*json.UnmarshalTypeError)(nil); errors.As(err, &mistyped) {
		f.skip(noKind, "%s", typeReason(mistyped))
		return nil
	}
	if err != nil {
		return f.broken(f.line, "%v", err)
	}
	return f.record(&r)
}

// drained reports whether the file has been read to its end.
func (t *text) drained() bool {
	_, err := t.in.Peek(1)
	return err == io.EOF
}

// skipBlank returns the offset of the value that dec is about to read.
func (t *text) skipBlank(dec *json.Decoder) int64 {
	at := dec.InputOffset()
	buffered, ok := dec.Buffered().(*bytes.Reader)
	if !ok {
		return at
	}
	for {
		c, err := buffered.ReadByte()
		if err != nil || strings.IndexByte(between, c) < 0 {
			return at
		}
		at++
	}
}

// csv reads a file of rows that commas, semicolons or tabs separate.
func (f *file) csv(head []byte) error {
	hint, skipped := separatorHint(head)
	f.text.in.Discard(skipped)
	f.text.size = int64(skipped)
	lines := bytes.Count(head[:skipped], []byte("\n"))
	r := csv.NewReader(f.text)
	r.Comma, r.ReuseRecord, r.LazyQuotes = hint, true, false
	row, err := r.Read()
	if err != nil {
		return f.badCSV(r, lines, err)
	}
	t := newTable(row)
	read := t.reader()
	if why := t.unread(); read == nil && why != "" {
		return notExport{lines + 1, why}
	}
	if read == nil {
		return notExport{lines + 1, "is no export that import knows: its first line has the columns " + t.list()}
	}
	if t.twice != "" {
		return f.broken(lines+1, "has two columns %q", t.twice)
	}
	for {
		f.text.mark(int64(skipped) + r.InputOffset())
		t.row, err = r.Read()
		if err == io.EOF {
			if f.text.final != '\n' {
				f.tenant.report.warn("%s: the last line has no line break: if the file is cut short, the row is wrong", Place{f.name, f.text.line(f.text.size - 1)})
			}
			return nil
		}
		if errors.Is(err, csv.ErrFieldCount) {
			line, _ := r.FieldPos(0)
			f.line = lines + line
			f.skip(t.kind, "has not as many fields as the first line")
			continue
		}
		if err != nil {
			return f.badCSV(r, lines, err)
		}
		line, _ := r.FieldPos(0)
		f.line = lines + line
		read(f, t)
	}
}

// separatorHint returns what separates the fields of a CSV file, and how many
// bytes come before its first line: Excel writes a line sep=; there.
func separatorHint(head []byte) (separator rune, skipped int) {
	first, _, found := bytes.Cut(head, []byte("\n"))
	if hint := strings.TrimSpace(string(first)); found && len(hint) == 5 && strings.EqualFold(hint[:4], "sep=") && strings.ContainsAny(hint[4:], ",;\t|") {
		return rune(hint[4]), len(first) + 1
	}
	separator, most := ',', 0
	for _, c := range ",;\t" {
		if n := bytes.Count(first, []byte(string(c))); n > most {
			separator, most = c, n
		}
	}
	return separator, 0
}

// badCSV returns the error of a CSV file that cannot be read on. Quotation marks
// in a wrong place hide how many rows are in them, so that no row can be trusted.
func (f *file) badCSV(r *csv.Reader, lines int, err error) error {
	var parse *csv.ParseError
	switch {
	case err == io.EOF:
		return notExport{lines + 1, "is empty"}
	case errors.Is(err, errLong):
		return f.broken(f.text.line(f.text.marked), "%v", err)
	case errors.As(err, &parse):
		if f.rows == 0 && f.line == 0 && parse.StartLine == 1 {
			return notExport{lines + parse.Line, "is no export that import knows: its first line is no row of CSV"}
		}
		return f.broken(lines+parse.StartLine, "the row that begins here has a quotation mark in a wrong place, or is cut short within one (line %d)", lines+parse.Line)
	}
	return &readError{err}
}
