module honyaku.dev/k8s-lab/prometheus-operator

go 1.26.0

// No program of it: its custom resource definitions.
require github.com/prometheus-operator/prometheus-operator v0.85.0
