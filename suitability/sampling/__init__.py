"""回访抽样: a part of the ordinary investors is called each year, drawn so that anyone can draw it again."""
