package calendar

import "seatcast/sim/clock"

func (c *Calendar) Operational(t clock.Time) clock.Time { return t }
func (c *Calendar) Clock(t clock.Time) clock.Time       { return t }
