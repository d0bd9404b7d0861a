package community

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/community/roster"
)

// Tally is what an import did to rows of one kind.
type Tally struct {
	Created, Updated, Unchanged int
}

// Report is what an import did, or would do. A node is updated by moving to another place.
type Report struct {
	Nodes, Households, Members, Roles Tally
	Flags, Charges                    Tally
	Nobody                            int // households whose 包保人 is not one person of the community
}

// Changed reports whether anything was created or updated.
func (r *Report) Changed() bool {
	for _, t := range []Tally{r.Nodes, r.Households, r.Members, r.Roles, r.Flags, r.Charges} {
		if t.Created+t.Updated > 0 {
			return true
		}
	}
	return false
}

// Import writes a roster into the community of a name, which it makes when there is none: all of it in
// one transaction. People are known again by their door and name, or when they moved by their name and
// phone; what the roster does not say stays as it is, nobody is removed, and so the same roster twice
// changes nothing. It fails with ErrInvalid on a name that is none, and with ErrDuplicate when the
// community is being made by another import.
func (c *Community) Import(ctx context.Context, name string, book *roster.Book) (*Report, error) {
	if name = strings.TrimSpace(name); !named(name) {
		return nil, errName
	}
	var p *plan
	err := c.store.Tx(ctx, func(tx *repository.Store) error {
		p = newPlan(c.store.NewID, c.now())
		community, err := tx.Nodes.Community(ctx, name)
		if err == nil {
			err = tx.Nodes.Lock(ctx, community.ID) // one import after the other
		}
		if err == nil {
			err = p.read(ctx, tx, community)
		} else if errors.Is(err, model.ErrNotFound) {
			p.found(name)
			err = nil
		}
		if err != nil {
			return err
		}
		p.take(book)
		return p.write(ctx, tx)
	})
	if err != nil {
		return nil, fmt.Errorf("import %s: %w", name, err)
	}
	return p.report, nil
}

// Preview tells what Import would do, and only reads. It fails with ErrInvalid on a name that is none.
func (c *Community) Preview(ctx context.Context, name string, book *roster.Book) (*Report, error) {
	if name = strings.TrimSpace(name); !named(name) {
		return nil, errName
	}
	p := newPlan(noIDs(), c.now())
	err := c.store.Snapshot(ctx, func(view *repository.Store) error {
		community, err := view.Nodes.Community(ctx, name)
		if errors.Is(err, model.ErrNotFound) {
			p.found(name)
			return nil
		}
		if err != nil {
			return err
		}
		return p.read(ctx, view, community)
	})
	if err != nil {
		return nil, fmt.Errorf("preview %s: %w", name, err)
	}
	p.take(book)
	return p.report, nil
}

// PreviewEmpty tells what Import would do to a database that holds nothing yet. It fails as Preview does.
func PreviewEmpty(name string, book *roster.Book, now model.Instant) (*Report, error) {
	if name = strings.TrimSpace(name); !named(name) {
		return nil, errName
	}
	p := newPlan(noIDs(), now)
	p.found(name)
	p.take(book)
	return p.report, nil
}

const maxName = 50

var errName = model.ErrInvalid.Saying("社区名称应为 1 到 50 个字", "The name of a community has 1 to 50 characters.")

func named(name string) bool { return name != "" && utf8.RuneCountInString(name) <= maxName }

// noIDs makes ids that no row has, for what is not written.
func noIDs() func() model.ID {
	last := model.ID(0)
	return func() model.ID {
		last--
		return last
	}
}
