"""O curso como página: site estático, sem kernel, feito das lições guardadas."""
