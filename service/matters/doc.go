// Package matters owns what people bring before their community (社情民意): intake, dispatch by the catalogue, the duties of who
// handles it, the tiers and their clocks, callback and rating, and errands. The rules are on model.Matter; the catalogue is
// here too, the rates that are counted from all this, and the breaches of what was promised.
package matters
