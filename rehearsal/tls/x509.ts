// @peculiar/x509 does not load before this has run: import it from here, nowhere else.
import "./reflect.ts";

export * from "@peculiar/x509";
