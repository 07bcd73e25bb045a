# The cluster's own CA, a certificate for each part, and their kubeconfigs. Made once per folder. Sourced by hack/cluster.
# shellcheck shell=bash disable=SC2154
sign() { # sign NAME SUBJECT [ALTERNATIVE NAMES]
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 3650 -CA ca.crt -CAkey ca.key \
        -keyout "$1.key" -out "$1.crt" -subj "$2" -addext basicConstraints=critical,CA:FALSE \
        -addext keyUsage=critical,digitalSignature -addext extendedKeyUsage=clientAuth,serverAuth \
        ${3:+-addext "subjectAltName=$3"} 2>/dev/null
}

write_kubeconfig() { # write_kubeconfig CERTIFICATE FILE
    cat >"$2.new" <<EOF
apiVersion: v1
kind: Config
current-context: weir
clusters:
- name: weir
  cluster: {server: "$api_url", certificate-authority-data: $(base64 -w0 <ca.crt)}
users:
- name: $1
  user: {client-certificate-data: $(base64 -w0 <"$1.crt"), client-key-data: $(base64 -w0 <"$1.key")}
contexts:
- name: weir
  context: {cluster: weir, user: $1}
EOF
    chmod 600 "$2.new"
    mv "$2.new" "$2"
}

make_certificates() {
    if [ -e "$dir/certificates/done" ]; then # maybe by a hack/cluster that did not need the last of them
        [ -e "$dir/certificates/apiserver-to-extensions.crt" ] ||
            (cd "$dir/certificates" && umask 077 && sign apiserver-to-extensions /CN=front-proxy)
        return
    fi
    (
        cd "$dir/certificates"
        umask 077
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 3650 -keyout ca.key -out ca.crt \
            -subj /CN=weir-test-cluster -addext keyUsage=critical,keyCertSign,cRLSign,digitalSignature 2>/dev/null
        openssl genrsa -out service-accounts.key 2048 2>/dev/null
        openssl rsa -in service-accounts.key -pubout -out service-accounts.pub 2>/dev/null
        sign apiserver /CN=kube-apiserver "DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,\
DNS:kubernetes.default.svc.cluster.local,DNS:localhost,IP:127.0.0.1,IP:$kubernetes_address,IP:$node_address"
        sign apiserver-to-kubelet /O=system:masters/CN=kube-apiserver-kubelet-client
        sign apiserver-to-extensions /CN=front-proxy
        sign admin /O=system:masters/CN=admin
        sign kube-controller-manager /CN=system:kube-controller-manager
        sign kube-scheduler /CN=system:kube-scheduler
        sign kube-proxy /CN=system:kube-proxy
        sign kubelet "/O=system:nodes/CN=system:node:$node" "DNS:$node,IP:$node_address"
        for name in admin kube-controller-manager kube-scheduler kube-proxy kubelet; do
            write_kubeconfig $name "$dir/kubeconfigs/$name"
        done
        cp "$dir/kubeconfigs/admin" "$kubeconfig"
        touch done
    )
    step certificates "a CA of its own and 8 certificates"
}
