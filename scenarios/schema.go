package scenarios

import (
	"encoding/json"
	"time"
)

// Schema returns the JSON Schema (draft 2020-12) of a scenario file, as TOML
// stands for JSON: tables are objects, dates are strings. It is for completion in
// editors, and knows what can be told key by key; Load also holds the parts of a
// scenario against each other.
func Schema() []byte {
	s := jsonSchema(scenarioKeys(), false)
	s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	s["title"] = "seatcast scenario"
	doc, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil // only strings, numbers and tables of them are in it
	}
	return doc
}

type object = map[string]any

// jsonSchema returns the schema of a value. In a patch nothing is required.
func jsonSchema(s *spec, patch bool) object {
	o := object{}
	if s.doc != "" {
		o["description"] = s.doc
	}
	if s.def != "" {
		o["default"] = literal(s.def)
	}
	if s.example != "" {
		o["examples"] = []any{jsonValue(literal(s.example))}
	}
	switch s.kind {
	case isTable:
		tableSchema(o, s, patch)
	case isNamed:
		o["type"] = "object"
		o["propertyNames"] = object{"pattern": `^[\p{L}\p{Nd}][\p{L}\p{Nd} ._-]*$`}
		o["additionalProperties"] = jsonSchema(s.each, patch || s.name == "what-if")
		if s.required && !patch {
			o["minProperties"] = 1
		}
	case isShares:
		o["type"] = "object"
		o["additionalProperties"] = object{"type": "number", "minimum": 0, "maximum": 1}
	case isFree:
		o["type"] = "object"
	case isList:
		o["type"] = "array"
		o["items"] = jsonSchema(s.each, patch)
		if s.high > 0 {
			o["minItems"], o["maxItems"] = s.low, s.high
		}
	default:
		leafSchema(o, s)
	}
	return o
}

// tableSchema adds the keys of a table.
func tableSchema(o object, s *spec, patch bool) {
	properties := object{}
	var required []string
	for i := range s.keys {
		k := &s.keys[i]
		properties[k.name] = jsonSchema(k, patch)
		if k.required && !patch {
			required = append(required, k.name)
		}
	}
	o["type"] = "object"
	o["properties"] = properties
	o["additionalProperties"] = false
	if required != nil {
		o["required"] = required
	}
	var forms []any
	for _, d := range s.deeds {
		then := object{"propertyNames": object{"enum": append(append([]string{"at", "do"}, d.needs...), d.takes...)}}
		if !patch && d.needs != nil {
			then["required"] = d.needs
		}
		is := object{"properties": object{"do": object{"const": d.do}}, "required": []string{"do"}}
		forms = append(forms, object{"if": is, "then": then})
	}
	if forms != nil {
		o["allOf"] = forms
	}
}

// Patterns of the values that TOML has no type for. They let through all that
// Load takes, and some of what it does not.
const (
	datePattern     = `^\d{4}-\d{2}-\d{2}$`
	momentPattern   = `^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?$`
	durationPattern = `^[0-9.wdhms \t]+$`
	ratePattern     = `^[^/]+/\s*(second|minute|hour|day|week|month|year)\s*$`
	sharePattern    = `^\s*[0-9.]+\s*%\s*$`
	hoursPattern    = `^\s*\d{1,2}:\d{2}\s*-\s*\d{1,2}:\d{2}\s*$`
)

// leafSchema adds what a value that is no table may be.
func leafSchema(o object, s *spec) {
	patterns := map[kind]string{isDate: datePattern, isMoment: momentPattern, isDuration: durationPattern, isRate: ratePattern}
	switch s.kind {
	case isPrecision:
		table := object{}
		tableSchema(table, s, true)
		o["oneOf"] = []any{object{"type": "number", "minimum": s.low, "maximum": s.high}, table}
	case isWidth:
		o["oneOf"] = []any{object{"type": "number", "exclusiveMinimum": 0}, object{"type": "string", "pattern": sharePattern}}
	case isFlag:
		o["type"] = "boolean"
	case isInteger, isNumber:
		o["type"] = "number"
		if s.kind == isInteger {
			o["type"] = "integer"
		}
		o["minimum"], o["maximum"] = s.low, s.high
		if s.choices != nil {
			o["enum"] = numbers(s.choices)
		}
	case isChoice:
		o["enum"] = s.choices
	case isHours:
		part := object{"type": "string", "pattern": hoursPattern}
		o["oneOf"] = []any{part, object{"type": "array", "items": part}}
	default:
		o["type"] = "string"
		if p := patterns[s.kind]; p != "" {
			o["pattern"] = p
		}
	}
}

// numbers returns choices of an integer as JSON numbers.
func numbers(choices []string) []json.Number {
	var all []json.Number
	for _, c := range choices {
		all = append(all, json.Number(c))
	}
	return all
}

// jsonValue returns a TOML value as JSON has it: dates and times are strings.
func jsonValue(v any) any {
	switch v := v.(type) {
	case map[string]any:
		o := object{}
		for key, e := range v {
			o[key] = jsonValue(e)
		}
		return o
	case []any:
		list := make([]any, len(v))
		for i, e := range v {
			list[i] = jsonValue(e)
		}
		return list
	case time.Time:
		switch v.Location().String() {
		case "date-local":
			return v.Format(time.DateOnly)
		case "datetime-local":
			return v.Format("2006-01-02T15:04:05.999999999")
		}
		return v.Format(time.RFC3339Nano)
	}
	return v
}
