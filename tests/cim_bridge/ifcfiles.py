"""Small IFC files, written as STEP text: one building of one wall, in any unit and place."""

from __future__ import annotations

from pathlib import Path

UNITS = {
    "m": ("IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.)", 1.0),
    "mm": ("IFCSIUNIT(*,.LENGTHUNIT.,.MILLI.,.METRE.)", 0.001),
    "ft": ("IFCCONVERSIONBASEDUNIT(#90,.LENGTHUNIT.,'FOOT',#91)", 0.3048),
}
_FOOT = [
    "#90=IFCDIMENSIONALEXPONENTS(1,0,0,0,0,0,0);",
    "#91=IFCMEASUREWITHUNIT(IFCRATIOMEASURE(0.3048),#92);",
    "#92=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.);",
]
SIZE = (10.0, 6.0, 3.0)
"""Metres of the wall: x from -5 to 5, y from -3 to 3, z from 0 to 3."""

BUILDING, STOREY, WALL = (
    "0BuildingAAAAAAAAAAAAA",
    "0StoreyAAAAAAAAAAAAAAA",
    "0WallAAAAAAAAAAAAAAAAA",
)


def guid(text: str) -> str:
    return text[:22].ljust(22, "A")


def write(
    path: Path,
    *,
    schema: str = "IFC4",
    unit: str = "m",
    conversion: str = "",
    crs: str = "",
    site: str = "$,$,$",
    north: str = "$",
    extra: str = "",
    building: bool = True,
) -> Path:
    """conversion and crs: arguments of IfcMapConversion after the first two, of IfcProjectedCRS."""
    line, metres = UNITS[unit]
    x, y, z = (side / metres for side in SIZE)
    lines = [
        "#1=IFCPROJECT('" + guid("0Project") + "',$,'Project',$,$,$,$,(#10),#2);",
        "#2=IFCUNITASSIGNMENT((#3));",
        f"#3={line};",
        *(_FOOT if unit == "ft" else []),
        "#6=IFCCARTESIANPOINT((0.,0.,0.));",
        "#7=IFCAXIS2PLACEMENT3D(#6,$,$);",
        f"#10=IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,1.E-5,#7,{north});",
        "#11=IFCLOCALPLACEMENT($,#7);",
        "#20=IFCSITE('" + guid("0Site") + f"',$,'Site',$,$,#11,$,$,.ELEMENT.,{site},$,$);",
        f"#23=IFCBUILDINGSTOREY('{STOREY}',$,'Ground floor',$,$,#11,$,$,.ELEMENT.,0.);",
        "#30=IFCCARTESIANPOINT((0.,0.));",
        "#31=IFCAXIS2PLACEMENT2D(#30,$);",
        f"#32=IFCRECTANGLEPROFILEDEF(.AREA.,$,#31,{x!r},{y!r});",
        "#33=IFCDIRECTION((0.,0.,1.));",
        f"#34=IFCEXTRUDEDAREASOLID(#32,#7,#33,{z!r});",
        "#35=IFCSHAPEREPRESENTATION(#10,'Body','SweptSolid',(#34));",
        "#36=IFCPRODUCTDEFINITIONSHAPE($,$,(#35));",
        f"#40=IFCBUILDINGELEMENTPROXY('{WALL}',$,'Wall',$,$,#11,#36,$,$);",
        "#50=IFCRELAGGREGATES('" + guid("0Rel1") + "',$,$,$,#1,(#20));",
        "#53=IFCRELCONTAINEDINSPATIALSTRUCTURE('" + guid("0Rel4") + "',$,$,$,(#40),#23);",
    ]
    if building:
        lines += [
            f"#22=IFCBUILDING('{BUILDING}',$,'Town hall',$,$,#11,$,'Rathaus',.ELEMENT.,$,$,$);",
            "#51=IFCRELAGGREGATES('" + guid("0Rel2") + "',$,$,$,#20,(#22));",
            "#52=IFCRELAGGREGATES('" + guid("0Rel3") + "',$,$,$,#22,(#23));",
        ]
    else:
        lines += ["#51=IFCRELAGGREGATES('" + guid("0Rel2") + "',$,$,$,#20,(#23));"]
    if conversion:
        lines += [f"#60=IFCPROJECTEDCRS({crs});", f"#61=IFCMAPCONVERSION(#10,#60,{conversion});"]
    head = "ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION((''),'2;1');\n"
    head += f"FILE_NAME('','',(''),(''),'','','');\nFILE_SCHEMA(('{schema}'));\n"
    head += "ENDSEC;\nDATA;\n"
    path.write_text(head + "\n".join([*lines, extra]) + "\nENDSEC;\nEND-ISO-10303-21;\n", "utf-8")
    return path
