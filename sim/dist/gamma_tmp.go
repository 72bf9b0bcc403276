package dist

import "gonum.org/v1/gonum/mathext"

type tmpGamma struct{ shape, mean float64 }

func (g tmpGamma) Quantile(u float64) float64 {
	return mathext.GammaIncRegInv(g.shape, u) * g.mean / g.shape
}
func (g tmpGamma) Mean() float64  { return g.mean }
func (g tmpGamma) Max() float64   { return 1e300 }
func (g tmpGamma) String() string { return "" }

func Gamma(shape, mean float64) (Dist, error) { return tmpGamma{shape, mean}, nil }
