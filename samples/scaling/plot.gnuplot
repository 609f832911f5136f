# SPDX-License-Identifier: MIT
# plot.gnuplot - votes, servers and thresholds over time, of a file that provision --csv wrote.
#
#   gnuplot -e "csv='day.csv'; out='day.svg'; kind='svg'; name='day'" plot.gnuplot

upper = 0.75
lower = 0.25
tiers = system("tail -n +2 '".csv."' | cut -d, -f2 | sort -u | head -n 4")
n = words(tiers)
of(tier) = "< awk -F, '$2 == \"".tier."\"' '".csv."'"
last = real(system("tail -n 1 '".csv."' | cut -d, -f1"))
unit = last > 7200 ? 3600.0 : last > 300 ? 60.0 : 1.0
unit_name = last > 7200 ? "hours" : last > 300 ? "minutes" : "seconds"

if (kind eq "png") {
	set terminal pngcairo size 1200, 80 + 320 * n background "#ffffff" font "sans,11"
} else {
	set terminal svg size 1200, 80 + 320 * n background "#ffffff" font "sans,13"
}
set output out
set datafile separator ","
set multiplot layout n, 1 title name font ",16"
set lmargin 9
set rmargin 30
set key outside right top
set grid back linecolor "#dddddd"
set border linecolor "#555555"
set xrange [0 : (last > 0 ? last : 1) / unit]
set xlabel unit_name
set ylabel "servers, and load in servers"
set y2range [-100 : 100]
set y2tics -100, 50, 100
set y2label "votes, % of the tier"
set ytics nomirror
do for [tier in tiers] {
	set title tier
	set yrange [0 : *]
	plot of(tier) using ($1 / unit):($3 > 0 ? 100.0 * $4 / $3 : 0) axes x1y2 with impulses linecolor "#f4a582" title "votes for more", \
		"" using ($1 / unit):($3 > 0 ? -100.0 * $5 / $3 : 0) axes x1y2 with impulses linecolor "#92c5de" title "votes for fewer", \
		"" using ($1 / unit):($3 * upper) with steps linecolor "#b2182b" dashtype 3 title "upper threshold", \
		"" using ($1 / unit):($3 * lower) with steps linecolor "#2166ac" dashtype 3 title "lower threshold", \
		"" using ($1 / unit):3 with steps linewidth 2 linecolor "#1b7837" title "servers", \
		"" using ($1 / unit):8 with steps linecolor "#762a83" title "of them serving", \
		"" using ($1 / unit):7 with lines linewidth 2 linecolor "#111111" title "load"
}
unset multiplot
