package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestLicensesAreRecognised(t *testing.T) {
	for text, want := range map[string]string{
		"Permission is hereby granted, free\nof charge, to any person obtaining a copy":                                      "MIT",
		"Apache License\n Version 2.0, January 2004":                                                                         "Apache-2.0",
		"Redistribution and use in source and binary forms ... Neither the name of the copyright":                            "BSD-3-Clause",
		"Redistribution and use in source and binary forms, with or without":                                                 "BSD-2-Clause",
		"Mozilla Public License Version 2.0 ... GNU General Public License, Version 2.0":                                     "MPL-2.0",
		"GNU GENERAL PUBLIC LICENSE Version 3":                                                                               "",
		"GNU Affero General Public License ... Permission is hereby granted, free of charge, to any person obtaining a copy": "",
		"Server Side Public License":                                                                                         "",
		"All rights reserved.":                                                                                               "",
	} {
		if got := nameOf([]byte(text)); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

// TestWhatIsBuiltInMayBe wants every module of the program to have a license of the list, and all texts to be printed.
func TestWhatIsBuiltInMayBe(t *testing.T) {
	var out bytes.Buffer
	if err := print(&out); err != nil {
		t.Fatal(err)
	}
	head, _, _ := strings.Cut(out.String(), "\n\n")
	if n := strings.Count(head, "\n"); n < 50 || strings.Count(out.String(), strings.Repeat("=", 80)) < n {
		t.Errorf("%d modules are listed", n)
	}
}
