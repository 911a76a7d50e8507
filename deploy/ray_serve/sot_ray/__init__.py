"""`sot serve` as a Ray Serve application: ingress replicas without state, engine replicas behind them."""
