// A program that makes nothing: what the SDK's runner itself costs.
import "@pulumi/pulumi";
