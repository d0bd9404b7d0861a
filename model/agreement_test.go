package model

import (
	"errors"
	"testing"
	"time"
)

func TestAgreementsFollowEachOther(t *testing.T) {
	at := func(given bool, version int32) *Agreement { return &Agreement{Given: given, Version: version, Seq: 7} }
	by := func(who Agreer, a *Agreement) *Agreement { a.Agreer = who; return a }
	household, officer := by(AgreedByGuardian, at(false, 1)), by(AgreedByOfficer, at(false, 1))
	for name, c := range map[string]struct {
		before, after *Agreement
		isNew         bool
	}{
		"the first":                {nil, at(true, 1), true},
		"a refusal":                {nil, at(false, 1), true},
		"the same":                 {at(true, 1), at(true, 1), false},
		"a newer version":          {at(true, 1), at(true, 2), true},
		"taken back":               {at(true, 2), at(false, 2), true},
		"taken back twice":         {at(false, 1), at(false, 2), false},
		"given again":              {at(false, 2), at(true, 2), true},
		"given again as it was at": {at(false, 3), at(true, 2), true},
		"ended after it was back":  {household, by(AgreedByOfficer, at(false, 1)), true},
		"ended twice":              {officer, by(AgreedByOfficer, at(false, 1)), false},
		"taken back after its end": {officer, by(AgreedByGuardian, at(false, 1)), false},
		"noted as it was given":    {by(AgreedByGuardian, at(true, 1)), by(AgreedByOfficer, at(true, 1)), false},
	} {
		if got := c.after.Follows(c.before); got != c.isNew || c.before != nil && c.after.Seq != 8 || c.before == nil && c.after.Seq != 1 {
			t.Errorf("%s: got %t, number %d", name, got, c.after.Seq)
		}
	}
}

func TestWhoIsAChild(t *testing.T) {
	for born, want := range map[int]bool{2026: true, 2013: true, 2012: true, 2011: false, 1950: false, 0: false, BirthUnreadable: false} {
		if got := (&Member{BirthYear: born}).Child(2026); got != want {
			t.Errorf("born in %d: %t", born, got)
		}
	}
}

func TestAFlagLosesItsConsentOnce(t *testing.T) {
	now := Instant(1_795_392_000_000_000)
	high := &FlagScheme{Code: "blue", Sensitivity: SensitivityHigh, RequiresConsent: true, Active: true}
	free := &FlagScheme{Code: "blue", Sensitivity: SensitivityHigh, Active: true}
	plain := &FlagScheme{Code: "red", Sensitivity: SensitivityNormal, RequiresConsent: true, Active: true}
	flag := func(consent ConsentMethod) *HouseholdFlag {
		return &HouseholdFlag{Consent: consent, ConsentNote: "电话", Source: "走访", Reason: "核实", ExpiresAt: now.Add(24 * time.Hour)}
	}
	for name, c := range map[string]struct {
		scheme *FlagScheme
		flag   *HouseholdFlag
		want   bool
	}{
		"consented":               {high, flag(ConsentPhone), true},
		"of a roster":             {high, flag(""), true},
		"consented without need":  {free, flag(ConsentPhone), true},
		"on another basis":        {free, flag(""), false},
		"not sensitive":           {plain, flag(ConsentPhone), false},
		"lost already":            {high, flag(ConsentWithdrawn), false},
		"that does not stand any": {high, &HouseholdFlag{Slot: 1, Consent: ConsentPhone}, false},
	} {
		f := c.flag
		if got := f.LoseConsent(c.scheme, now); got != c.want || got && (f.Live(now) || f.ConsentNote == "" || f.Consent != ConsentWithdrawn) {
			t.Errorf("%s: got %t, %+v", name, got, f)
		}
	}
	lost := flag(ConsentWithdrawn)
	if _, err := lost.Renew(2, free, FlagInput{Source: "走访", Reason: "核实"}, 1, now); !errors.Is(err, ErrConsentRequired) {
		t.Errorf("renewed without a consent: %v", err)
	}
	if next, err := lost.Renew(2, free, FlagInput{Source: "走访", Reason: "核实", Consent: &ConsentGiven{Method: ConsentWritten}}, 1, now); err != nil || next.Consent != ConsentWritten {
		t.Errorf("renewed with one: %+v, %v", next, err)
	}
}
