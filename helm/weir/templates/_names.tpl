{{/* repository@digest, or repository:tag */}}
{{- define "weir.image" -}}
{{- $image := index . 0 -}}
{{- $chart := index . 1 -}}
{{- if $image.digest -}}
{{ $image.repository }}@{{ $image.digest }}
{{- else -}}
{{ $image.repository }}:{{ default $chart.AppVersion $image.tag }}
{{- end -}}
{{- end -}}

{{- define "weir.labels" -}}
app.kubernetes.io/name: weir-operator
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}

{{- define "weir.ledger.labels" -}}
{{ include "weir.labels" . | replace "app.kubernetes.io/name: weir-operator" "app.kubernetes.io/name: weir-api" }}
{{- end -}}

{{- define "weir.ledger.selector" -}}
{{ include "weir.selector" . | replace "app.kubernetes.io/name: weir-operator" "app.kubernetes.io/name: weir-api" }}
{{- end -}}

{{- define "weir.selector" -}}
app.kubernetes.io/name: weir-operator
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}
