package alarm

import "time"

// What an alarm costs citizens, in minutes of people:
//
//	cost = people × minutes
//
// minutes is how long it has lasted, at least 1 and at most costMost, so that
// what is new and what is forgotten can still be compared. people is how many it
// touches while it lasts:
//
//	kiosk away, its printer, help   those who come to it in ten minutes
//	its card reader, its scanner    a half, a tenth of them: there are other ways
//	display or strip away           half of those who wait, a twentieth: voices call, too
//	counter away                    those waiting for its window's services, by open window
//	its reader, pad, camera …       a quarter of them
//	attendance                      those waiting for its services, by window open or missing
//	wait above target               those who wait for the service
//	no window                       those who wait for the service
//	places used up                  those who come for the service in ten minutes
//	what will be (paper runs low, few places), a rating, the platform, clocks: one person
//
// Everything touches one person at least, so that nothing sinks for good.
const costMost = 120 * time.Minute

// Cost is what f has cost until now.
func (f *Finding) Cost(now time.Time) float64 {
	lasted := min(max(now.Sub(f.Since), time.Minute), costMost)
	return max(f.People, 1) * lasted.Minutes()
}

// shares are what part of those who come to a kiosk a device of it is needed by.
var kioskShares = map[string]float64{"printer": 1, "id-reader": 0.5, "scanner": 0.1, "label-printer": 0.3, "page-printer": 0.2}

// halfHourToTen turns those who came in half an hour into those of ten minutes.
const halfHourToTen = 1.0 / 3

// atKiosk is how many come to a kiosk in ten minutes, by what the last half hour
// was like at all of them: at one that is broken nobody comes.
func (s *Scene) atKiosk() float64 {
	kiosks, came := 0, 0
	for i := range s.Board.Agents {
		if s.Board.Agents[i].Role == "kiosk" {
			kiosks++
		}
	}
	for _, n := range s.Comers {
		came += n
	}
	return float64(came) * halfHourToTen / float64(max(kiosks, 1))
}

// forWindow is how many of those who wait the window with id would serve, if it
// served: their services' queues by the windows that are open, itself counted.
func (s *Scene) forWindow(id string) float64 {
	people := 0.0
	for i := range s.Board.Windows {
		w := &s.Board.Windows[i]
		if w.ID != id {
			continue
		}
		for _, service := range w.Services {
			for j := range s.Board.Services {
				if svc := &s.Board.Services[j]; svc.ID == service {
					people += float64(svc.Waiting) / float64(svc.OpenWindows+1)
				}
			}
		}
	}
	return people
}
