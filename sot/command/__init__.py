"""What commands are made of, whoever offers them: options declared as data, and the engine they use."""
