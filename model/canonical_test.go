package model

import (
	"reflect"
	"testing"
)

// filled returns a transfer in which no field is zero, so that a field that is not read back shows.
func filled(t *testing.T) *Transfer {
	t.Helper()
	transfer := new(Transfer)
	v := reflect.ValueOf(transfer).Elem()
	for i := range v.NumField() {
		switch f := v.Field(i); f.Kind() {
		case reflect.Int64, reflect.Int32, reflect.Int16:
			f.SetInt(int64(i + 1))
		case reflect.String:
			f.SetString("文" + v.Type().Field(i).Name)
		case reflect.Slice:
			f.SetBytes([]byte{byte(i), 0})
		case reflect.Pointer:
			id := ID(i + 1)
			f.Set(reflect.ValueOf(&id))
		default:
			t.Fatalf("%s is of a kind that is not known here", v.Type().Field(i).Name)
		}
	}
	return transfer
}

func TestTransfersAreReadBackFromTheirBytes(t *testing.T) {
	for name, want := range map[string]*Transfer{"filled": filled(t), "empty": {IdemHash: []byte{}}} {
		got, err := ReadTransfer(want.Canonical())
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
	bytes := filled(t).Canonical()
	for n := range bytes {
		cut, err := ReadTransfer(bytes[:n])
		if err == nil && len(bytes)-n != 8 { // without its last field it is one from before there was such a field
			t.Errorf("%d of %d bytes were read as %+v", n, len(bytes), cut)
		}
	}
	if _, err := ReadTransfer(append(bytes, 0)); err == nil {
		t.Error("bytes behind the end were not seen")
	}
}
