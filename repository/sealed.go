package repository

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/schema"

	"linbanglin/model"
)

// Fields that are sealed have a tag in model: `serializer:sealed`, `serializer:alike` for what an index keeps unique,
// `serializer:door` for names of nodes, of which only those of households are sealed, and alike, and
// `serializer:blind` for the blind index of the phone beside it.
type sealer struct{ kind string }

const (
	sealedOther = "sealed"
	sealedAlike = "alike"
	sealedDoor  = "door"
	sealedBlind = "blind"
)

// registerSealers tells gorm of the tags; it keeps them for the process, always the same.
func registerSealers() {
	for _, kind := range []string{sealedOther, sealedAlike, sealedDoor, sealedBlind} {
		schema.RegisterSerializer(kind, sealer{kind})
	}
}

// phoneColumn is what blind indexes of phones are of.
const phoneColumn = "member.phone"

// ringKey is where a context carries the keys to the sealers.
type ringKey struct{}

var errNoKeys = errors.New("no keys for what is sealed")

// sealing gives gorm's handle the keys.
func (c conn) sealing(ctx context.Context) context.Context {
	return context.WithValue(ctx, ringKey{}, c.keys)
}

func columnOf(field *schema.Field) string { return field.Schema.Table + "." + field.DBName }

// Value implements schema.SerializerValuerInterface.
func (s sealer) Value(ctx context.Context, field *schema.Field, row reflect.Value, value any) (any, error) {
	ring, _ := ctx.Value(ringKey{}).(*Keyring)
	if ring == nil {
		return nil, errNoKeys
	}
	text, _ := value.(string)
	switch s.kind {
	case sealedBlind:
		return ring.blind(phoneColumn, reflect.Indirect(row).FieldByName("Phone").String()), nil
	case sealedDoor:
		if model.NodeKind(reflect.Indirect(row).FieldByName("Kind").String()) != model.KindHousehold {
			if strings.HasPrefix(text, sealMark) {
				return nil, model.ErrInvalid // it would be read as what is sealed
			}
			return text, nil
		}
		return ring.seal(columnOf(field), text, true), nil
	}
	return ring.seal(columnOf(field), text, s.kind == sealedAlike), nil
}

// Scan implements schema.SerializerInterface.
func (s sealer) Scan(ctx context.Context, field *schema.Field, row reflect.Value, value any) error {
	if s.kind == sealedBlind {
		return nil // it is made when it is written
	}
	ring, _ := ctx.Value(ringKey{}).(*Keyring)
	var text string
	if err := (&opening{ring, columnOf(field), &text}).Scan(value); err != nil {
		return err
	}
	field.ReflectValueOf(ctx, row).SetString(text)
	return nil
}

// opening reads a sealed column into a text.
type opening struct {
	ring   *Keyring
	column string
	text   *string
}

// Scan implements sql.Scanner.
func (o *opening) Scan(value any) (err error) {
	switch stored := value.(type) {
	case nil:
		return nil
	case string:
		*o.text, err = o.ring.open(o.column, stored)
	case []byte:
		*o.text, err = o.ring.open(o.column, string(stored))
	default:
		err = fmt.Errorf("a sealed text cannot be read from a %T", value)
	}
	return err
}

// openingOf reads a sealed column of a query by hand.
func openingOf(query *gorm.DB, column string, text *string) *opening {
	ring, _ := query.Statement.Context.Value(ringKey{}).(*Keyring) // without one it fails when there is something to open
	return &opening{ring, column, text}
}

// SealFile seals a file that is kept outside of the database, under its name there.
func (s *Store) SealFile(name string, content []byte) []byte {
	return []byte(s.keys.seal("file."+name, string(content), false))
}

// OpenFile opens what SealFile sealed.
func (s *Store) OpenFile(name string, sealed []byte) ([]byte, error) {
	content, err := s.keys.open("file."+name, string(sealed))
	return []byte(content), err
}
