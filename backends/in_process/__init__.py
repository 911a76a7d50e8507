"""Parts that the engines in this process share: a thread for each engine, its requests, chat templates."""
