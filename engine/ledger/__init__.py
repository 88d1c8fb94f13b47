"""The ledger: every act's entry, salted and hashed; a sequencer numbers and chains them."""
