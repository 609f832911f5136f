# SPDX-License-Identifier: MIT
# sweep.gnuplot - cost against what is refused, for each value, of a file that provision --sweep --csv wrote.
#
#   gnuplot -e "csv='sweep.csv'; out='sweep.svg'; kind='svg'" sweep.gnuplot

key = system("head -n 1 '".csv."' | cut -d, -f1")
if (kind eq "png") {
	set terminal pngcairo size 900, 560 background "#ffffff" font "sans,11"
} else {
	set terminal svg size 900, 560 background "#ffffff" font "sans,13"
}
set output out
set datafile separator ","
set title "What each value of ".key." costs, and what is refused" noenhanced
set grid back linecolor "#dddddd"
set border linecolor "#555555"
set offsets graph 0.08, graph 0.08, graph 0.08, graph 0.02
set key off
set xlabel "cost, server-hours"
set ylabel "refused, server-hours of load"
set yrange [0 : *]
plot csv using 2:3 every ::1 with linespoints linewidth 2 pointtype 7 linecolor "#1b7837", \
	csv using 2:3:1 every ::1 with labels offset 0, 1 textcolor "#111111"
