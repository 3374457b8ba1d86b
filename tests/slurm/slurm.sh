#!/usr/bin/env bash
# A Slurm of its own on this machine, for tests: all its files are in one folder, it listens on
# the loopback alone, and it needs no rights. It touches no other Slurm.
# Usage: slurm.sh start FOLDER      then: export SLURM_CONF=FOLDER/slurm.conf
#        slurm.sh stop FOLDER
set -euo pipefail
folder=$(realpath -m "$2")
PATH=$PATH:/usr/sbin
export SLURM_CONF=$folder/slurm.conf

stop() {
  local daemon
  for daemon in slurmd slurmctld munged; do
    if [ -s "$folder/$daemon.pid" ]; then
      kill "$(cat "$folder/$daemon.pid")" 2>/dev/null || true
    fi
  done
}

give_up() {
  echo "slurm.sh: $1" >&2
  tail -n 3 "$folder"/*.log >&2 || true
  stop
  exit 1
}

free_ports() {
  python3 - <<'PYTHON'
import socket
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(s.getsockname()[1] for s in sockets))
PYTHON
}

start() {
  local daemon ctld_port node_port me host
  for daemon in munged slurmctld slurmd sbatch; do
    command -v $daemon >/dev/null || { echo "slurm.sh: there is no $daemon" >&2; exit 1; }
  done
  mkdir -p "$folder"/{state,spool}
  chmod 700 "$folder"
  me=$(id -un) host=$(hostname -s)
  read -r ctld_port node_port < <(free_ports)

  (umask 077; head -c 128 /dev/urandom > "$folder/munge.key")
  munged --force --key-file="$folder/munge.key" --socket="$folder/munge.socket" \
    --pid-file="$folder/munged.pid" --log-file="$folder/munged.log" \
    --seed-file="$folder/munge.seed" > /dev/null 2>&1 || give_up "munged doesn't start"

  cat > "$SLURM_CONF" <<CONF
ClusterName=tests
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$ctld_port
SlurmdPort=$node_port
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket
CredType=cred/munge
SlurmUser=$me
SlurmdUser=$me
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SwitchType=switch/none
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=2
SchedulerParameters=sched_interval=1,batch_sched_delay=0
NodeName=$host NodeAddr=127.0.0.1 CPUs=4 RealMemory=4000 State=UNKNOWN
PartitionName=short Nodes=$host Default=YES MaxTime=60 State=UP
CONF
  slurmctld -c > /dev/null 2>&1 || give_up "slurmctld doesn't start"
  slurmd > /dev/null 2>&1 || give_up "slurmd doesn't start"
  for _ in $(seq 50); do
    if [ "$(sinfo --noheader --format=%t 2>/dev/null)" = idle ]; then
      return
    fi
    sleep 0.2
  done
  give_up "the node is not ready after 10 s: $(sinfo --noheader --long 2>&1)"
}

case $1 in
  start) start ;;
  stop) stop ;;
  *) echo "slurm.sh: $1 is neither start nor stop" >&2; exit 2 ;;
esac
