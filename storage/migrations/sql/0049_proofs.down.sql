DROP TABLE proof_jobs;
