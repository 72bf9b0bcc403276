#!/bin/sh
# Parts of a seatcast study as a Slurm job array. Submit it from the study folder:
#   cd {{sh .Dir}} && mkdir -p logs && sbatch SCRIPT
# Partition, account and the like come from SBATCH_PARTITION, SBATCH_ACCOUNT, … or from options of sbatch.
#SBATCH --job-name={{.ID}}
#SBATCH --array={{.Array}}
#SBATCH --output=logs/part-%a.log
#SBATCH --open-mode=append
#SBATCH --requeue
#SBATCH --ntasks=1
#SBATCH --cpus-per-task={{.Resources.CPUs}}
#SBATCH --mem={{.Resources.Memory}}M
{{- if .Minutes}}
#SBATCH --time={{.Minutes}}
{{- end}}

# Of how many parts; SLURM_ARRAY_TASK_COUNT has only those of this submission.
export SEATCAST_PARTS={{.Parts}}
export GOMAXPROCS={{.Resources.CPUs}}
exec {{.Command}}
