package exports

import (
	"fmt"
	"io"
	"runtime"
	"testing"
)

// An auditLog is a log of directory audits of some size, made as it is read.
type auditLog struct {
	left   int // records
	made   int
	people int
	buf    []byte
	at     []int       // after which records probe is called
	probe  func(n int) // with how many records have been read
}

func (a *auditLog) Read(p []byte) (int, error) {
	if a.made == 0 && a.buf == nil {
		a.buf = append(a.buf, `{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#auditLogs/directoryAudits","value":[`...)
	}
	for len(a.buf) < len(p) && a.left > 0 {
		if len(a.at) > 0 && a.made == a.at[0] {
			a.at = a.at[1:]
			a.probe(a.made)
		}
		if a.made > 0 {
			a.buf = append(a.buf, ",\n"...)
		}
		day, second := a.made/86400, a.made%86400
		a.buf = fmt.Appendf(a.buf, `{"id":"Directory_%08x-7d7d-4b0e-9f0a-2f1f6a0b1c2d_ABCDE_%d","category":"UserManagement","correlationId":"7a1e6b64-0000-4000-8000-%012x","result":"success","resultReason":"","activityDisplayName":"Change user license","activityDateTime":"2026-03-%02dT%02d:%02d:%02dZ","loggedByService":"Core Directory","operationType":"Update","initiatedBy":{"user":null,"app":{"appId":"aeb86249-8ea3-49e2-900b-54cc8e308f85","displayName":"M365 License Manager","servicePrincipalId":"2f1f6a0b-0000-4000-8000-000000000000","servicePrincipalName":null}},"targetResources":[{"id":"00000000-0000-4000-8000-%012x","displayName":"Somebody of the tenant","type":"User","userPrincipalName":"somebody.%d@northlake.example","groupType":null,"modifiedProperties":[{"displayName":"AssignedLicense","oldValue":"[]","newValue":"[\"[SkuName=POWERAUTOMATE_ATTENDED_RPA, AccountId=11111111-2222-3333-4444-555555555555, SkuId=eda1941c-3c4f-4995-b5eb-e85a42175ab9, DisabledPlans=[]]\"]"}]}],"additionalDetails":[{"key":"User-Agent","value":"M365 License Manager"}]}`,
			a.made, a.made, a.made, 1+day%28, second/3600, second/60%60, second%60, a.made%a.people, a.made%a.people)
		a.made++
		if a.left--; a.left == 0 {
			a.buf = append(a.buf, "]}\n"...)
		}
	}
	n := copy(p, a.buf)
	a.buf = append(a.buf[:0], a.buf[n:]...)
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// TestMemory: reading a log takes memory for its people and for the identity of its records, not for
// its bytes: 64 bytes of each, up to a million of them. With -full the log has 400 MB.
func TestMemory(t *testing.T) {
	records := 40_000 // of 1.2 kB
	if *full {
		records = 340_000
	}
	live := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	var sizes []uint64
	log := &auditLog{left: records, people: 2000, at: []int{records / 8, records - 1}, probe: func(int) { sizes = append(sizes, live()) }}
	i, err := Read([]Source{{Name: "audit.json", Named: true, Open: func() (io.ReadCloser, error) { return io.NopCloser(log), nil }}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r := i.Report.Read[0]; r.Used != records {
		t.Fatalf("%+v, want %d rows used", r, records)
	}
	bytes := records * 7 / 8 * 1200
	if grown := int64(sizes[1]) - int64(sizes[0]); grown > int64(records*64) {
		t.Errorf("%d bytes more are live after %d more were read", grown, bytes)
	} else {
		t.Logf("%d bytes more are live after %d more were read", grown, bytes)
	}
}
