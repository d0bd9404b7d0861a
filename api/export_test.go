package api

// EventsEvery registers the stream of events with another time between heartbeats.
var EventsEvery = eventsEvery

// ScreensEvery registers pictures and streams of boards with another time between heartbeats.
var ScreensEvery = screensEvery
