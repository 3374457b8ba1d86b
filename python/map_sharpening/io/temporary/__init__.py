"""Files and folders that lie hidden among outputs while there is work."""
