package bench_test
import ("testing";"fmt")
func BenchmarkCoreOnly(b *testing.B) {
	for range 4 {
	e := engineSample(b, 64)
	c := coreSample(b, 64)
	fmt.Printf("engine %.0f core %.0f  %.2f\n", e.perSecond, c.perSecond, c.perSecond/e.perSecond)
	}
}
func BenchmarkCoreProf(b *testing.B) {
	for range 3 {
	c := coreSample(b, 64)
	fmt.Printf("core %.0f\n", c.perSecond)
	}
}
