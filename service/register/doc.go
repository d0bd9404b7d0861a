// Package register owns what staff know of households (一户一档): flags and their schemes (分色), facts, notes and visits, the
// four things that are to be known (四清), service teams, who answers for which household (包保到户), and the map that shows
// counts only. Each read of what is sensitive is noted with its purpose. Residents are never shown a flag. The tree, people
// and rosters belong to community; campaigns plan visits of their own.
package register
