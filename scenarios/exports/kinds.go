package exports

import (
	"bytes"
	"encoding/json"
	"strings"
)

// A kind is what a row of an export is about.
type kind int

const (
	noKind kind = iota
	skuKind
	subscriptionKind
	userKind
	groupKind
	auditKind
	purviewKind
	environmentKind
	flowKind
	settingsKind
	switchKind
	licencesKind
	consumptionKind
	requestsKind
	reportKind
	sessionKind
	seriesKind
)

// String returns what a row of the kind comes from.
func (k kind) String() string {
	return [...]string{
		"", "Graph subscribedSkus", "Graph directory/subscriptions", "Graph users", "Graph groups", "directory audits", "Purview's audit log",
		"environments", "flows as admin", "tenant settings", "auto-claim tenant switch",
		"licenses of the Microsoft 365 admin center", "licence consumption of the Power Platform admin center",
		"licensed user requests of the Power Platform admin center", "auto-claim policy report", "sessions of a licence server", "seats by date",
	}[k]
}

// A record is a row of JSON of any kind: the union of the fields that are read.
// The names are those of the APIs, in whatever case.
type record struct {
	ID, Name, Type string

	// Graph: subscribedSku and companySubscription.
	AccountName, AccountID, SkuID, SkuPartNumber, Status string
	ConsumedUnits, TotalLicenses                         *int64
	PrepaidUnits                                         *prepaidUnits
	IsTrial                                              bool
	CreatedDateTime, NextLifecycleDateTime               string

	// Graph: user, and what groups have that users have not.
	UserPrincipalName                  string
	AccountEnabled                     *bool
	AssignedLicenses                   []assignedLicense
	LicenseAssignmentStates            []assignmentState
	SignInActivity                     *signInActivity
	LicenseProcessingState, GroupTypes json.RawMessage
	DisplayName                        string

	// Graph: directoryAudit.
	ActivityDateTime, ActivityDisplayName, Result string
	InitiatedBy                                   *initiator
	CorrelationID                                 string
	TargetResources                               []target

	// Purview's log, and a row of its exports as JSON.
	unified
	AuditData                          json.RawMessage
	Operations, CreationDate, Identity string

	// Power Platform.
	Properties    *properties
	PowerPlatform *struct{ Licensing map[string]json.RawMessage }

	// The undocumented switch of auto-claim.
	PolicyID, TenantPolicyValue, TenantID string

	// A page within an array, and an answer that is an error.
	Value, Error json.RawMessage
}

type (
	prepaidUnits    struct{ Enabled, Suspended, Warning, LockedOut int64 }
	assignedLicense struct{ SkuID string }
	assignmentState struct {
		SkuID                             string
		AssignedByGroup                   *string
		State, Error, LastUpdatedDateTime string
	}
	signInActivity struct{ LastSignInDateTime, LastNonInteractiveSignInDateTime, LastSuccessfulSignInDateTime string }
	initiator      struct {
		App *struct{ AppID string }
	}
	target struct {
		ID, UserPrincipalName, Type string
		ModifiedProperties          []struct{ DisplayName, OldValue, NewValue string }
	}
	properties struct {
		// of environments
		EnvironmentSku          string
		IsDefault               bool
		GovernanceConfiguration *struct{ ProtectionLevel string }
		// of flows
		State, CreatedTime, LastModifiedTime string
		StartTime                            string // of runs of flows
		Environment                          *struct{ Name string }
		DefinitionSummary                    *struct{ Triggers, Actions []step }
		ConnectionReferences                 map[string]struct{ ID, Tier string }
		Creator                              *struct{ ObjectID, UserID string }
		LicenseData                          *struct{ FlowLicenseName string }
	}
	step struct{ Type, Kind, SwaggerOperationID string }
)

// kind tells what a record is by the fields that it has.
func (r *record) kind() kind {
	flow := r.Properties != nil && (r.Properties.DefinitionSummary != nil || r.Properties.ConnectionReferences != nil || r.Properties.Environment != nil)
	switch {
	case r.PrepaidUnits != nil && (r.SkuID != "" || r.SkuPartNumber != ""):
		return skuKind
	case r.TotalLicenses != nil && (r.SkuID != "" || r.SkuPartNumber != ""):
		return subscriptionKind
	case r.ActivityDateTime != "" || r.ActivityDisplayName != "", r.AuditData != nil, r.Operation != "" && r.CreationTime != "":
		return auditKind
	case r.LicenseProcessingState != nil || r.GroupTypes != nil:
		return groupKind
	case r.LicenseAssignmentStates != nil || r.AssignedLicenses != nil || r.SignInActivity != nil || r.UserPrincipalName != "":
		return userKind
	case strings.HasSuffix(r.Type, "/environments/flows") || flow:
		return flowKind
	case strings.HasSuffix(r.Type, "/environments") || r.Properties != nil && (r.Properties.GovernanceConfiguration != nil || r.Properties.EnvironmentSku != ""):
		return environmentKind
	case r.PowerPlatform != nil:
		return settingsKind
	case strings.EqualFold(r.PolicyID, "Autoclaim") || r.TenantPolicyValue != "":
		return switchKind
	}
	return noKind
}

// record folds one record into the tenant.
func (f *file) record(r *record) error {
	switch r.kind() {
	case skuKind:
		f.sku(r)
	case subscriptionKind:
		f.subscription(r)
	case userKind:
		f.user(r)
	case groupKind:
		f.groupRow(r)
	case auditKind:
		f.auditRecord(r)
	case flowKind:
		f.flow(r)
	case environmentKind:
		f.environment(r)
	case settingsKind:
		f.settings(r)
	case switchKind:
		f.tenantSwitch(r)
	default:
		return f.other(r)
	}
	return nil
}

// other reads a record that is no row: a page of rows within an array, the error
// that an API answered, or something else.
func (f *file) other(r *record) error {
	if r.Properties != nil && r.Properties.StartTime != "" {
		f.skip(noKind, "is a run of a flow, which does not say who it was: rates are not taken of runs")
		return nil
	}
	if bytes.HasPrefix(r.Value, []byte("[")) {
		var rows []json.RawMessage
		if err := json.Unmarshal(r.Value, &rows); err != nil {
			return f.broken(f.line, "%v", err)
		}
		for _, row := range rows {
			var inner record
			if err := json.Unmarshal(row, &inner); err != nil || bytes.HasPrefix(inner.Value, []byte("[")) {
				f.skip(noKind, "is no row of an export that import knows")
				continue
			}
			if err := f.record(&inner); err != nil {
				return err
			}
		}
		return nil
	}
	var answer struct{ Code string }
	if r.Error != nil && json.Unmarshal(r.Error, &answer) == nil && answer.Code != "" {
		return f.broken(f.line, "is the answer of an API that refused: %.80q", answer.Code)
	}
	f.skip(noKind, "is no row of an export that import knows")
	return nil
}
