package linbanglin

import (
	"go/ast"
	"os"
	"regexp"
	"testing"
)

// TestEveryTestThatTheDocsNameExists wants tests that the documents give as evidence to be there.
func TestEveryTestThatTheDocsNameExists(t *testing.T) {
	exists := map[string]bool{}
	for _, f := range parseAll(t) {
		if !f.test() {
			continue
		}
		for _, d := range f.tree.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil {
				exists[fn.Name.Name] = true
			}
		}
	}
	for document, least := range map[string]int{"docs/security.md": 50, "docs/systems.md": 14} {
		text, err := os.ReadFile(document)
		if err != nil {
			t.Fatal(err)
		}
		named := regexp.MustCompile(`\bTest[A-Z]\w*`).FindAllString(string(text), -1)
		if len(named) < least {
			t.Errorf("%s names %d tests only", document, len(named))
		}
		for _, name := range named {
			if !exists[name] {
				t.Errorf("%s names %s, which is no test", document, name)
			}
		}
	}
}
