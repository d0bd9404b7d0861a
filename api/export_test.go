package api

// EventsEvery registers the stream of events with another time between heartbeats.
var EventsEvery = eventsEvery
