package analysis
import ("testing";"fmt")
func TestPrint(t *testing.T){
 for _,days:=range []int{20,60,200}{ for _,n:=range []int{1,20,200}{
	study := fixtureStudy(days, n)
	a := answersOf(t, study, fixtureRecords(study))
	for _,v:=range a.Variants{ for _,p:=range v.Pools{ fmt.Println(days,n,v.Name,Headline(a,v,p))}
	 fmt.Println("   ",WhatIf(a,v))}
	for _,w:=range a.Warnings{fmt.Println("  W",w)}
	for _,s:=range []string{"northlake/premium: exhaustion > 0.07 by 2026-03-18","* *: refused-users > 3", "everyone */premium: cost >= 600", "nortlake/premum: peak > 3", "peak > 3"}{
	 l,err:=ParseLimit(s); if err!=nil{fmt.Println(err);continue}
	 fmt.Println(l.Check(a))
	}
 }}
}
