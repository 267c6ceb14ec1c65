package agent

// MaxWaiting is how many offline tickets may wait for the hall.
const MaxWaiting = maxWaiting
