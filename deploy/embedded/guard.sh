#!/bin/sh
# Ends the children of a supervisor that was killed. Standard input is a pipe from it, with lines
#   + PID now     a process group to be ended as soon as the supervisor is gone
#   + PID later   one that ends by itself then, and is killed only when it does not
#   - PID         one that has ended
# An end of input with nothing left is the good end.
trap '' INT TERM HUP
now=' '
later=' '
while read -r what pid when; do
  case "$what $when" in
    '+ now') now="$now$pid " ;;
    '+ later') later="$later$pid " ;;
    '- ')
      case "$now" in *" $pid "*) now="${now%%" $pid "*} ${now#*" $pid "}" ;; esac
      case "$later" in *" $pid "*) later="${later%%" $pid "*} ${later#*" $pid "}" ;; esac
      ;;
  esac
done

for pid in $now; do kill -TERM "-$pid" 2>/dev/null; done
turns=0
while [ "$turns" -lt 8 ]; do
  left=
  for pid in $now $later; do kill -0 "-$pid" 2>/dev/null && left=1; done
  [ -z "$left" ] && exit 0
  sleep 1
  turns=$((turns + 1))
done
for pid in $now $later; do kill -KILL "-$pid" 2>/dev/null; done
exit 0
