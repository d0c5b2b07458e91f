"""`sacs bench`: a simulated gate in this process, below a real gate and a real controller in processes of their own."""
