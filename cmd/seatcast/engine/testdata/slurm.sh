#!/bin/sh
# Parts of a seatcast study as a Slurm job array. Submit it from the study folder:
#   cd /data/first-year && mkdir -p logs && sbatch SCRIPT
# Partition, account and the like come from SBATCH_PARTITION, SBATCH_ACCOUNT, … or from options of sbatch.
#SBATCH --job-name=seatcast-first-year-2026-733402f4
#SBATCH --array=0-2,7,11
#SBATCH --output=logs/part-%a.log
#SBATCH --open-mode=append
#SBATCH --requeue
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=2
#SBATCH --mem=2048M
#SBATCH --time=90

# Of how many parts; SLURM_ARRAY_TASK_COUNT has only those of this submission.
export SEATCAST_PARTS=12
export GOMAXPROCS=2
exec /seatcast study shard --dir /data/first-year
