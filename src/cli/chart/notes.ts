/** What `helm install` says at its end. */
export const NOTES = `Foresail {{ .Chart.AppVersion }} for provider {{ .Values.provider }}: webhook and reconciler are in foresail-system.
{{- if eq .Release.Namespace "foresail-system" }}
Helm has made the namespace without a pod security level; to add the one the pods keep:
  kubectl label namespace foresail-system pod-security.kubernetes.io/enforce=restricted
{{- end }}
{{- if and (eq .Values.provider "karpenter") (not .Values.nodeClass) }}
No nodeClass is stated, so no node can be asked for: set it to GROUP/KIND/NAME.
{{- end }}
The definition of Workspaces stays when the release goes; Workspaces and models with it.
`;
