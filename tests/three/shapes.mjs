// Every shape as Three.js itself makes it: sizes and a seed in argv, JSON on stdout as
// {name: [{size, positions, normals, triangles, wireframe}, …]}, each a flat array of numbers.
// The calls and bends are the original visualiser's; its dice are thrown per corner (see `scattered`).

import * as THREE from 'three';

const [ seed, ...sizes ] = process.argv.slice( 2 ).map( Number );

const builders = {
	cube: s => new THREE.BoxGeometry( s, s, s ),
	sphere: s => new THREE.SphereGeometry( s / 1.5, 32, 16 ),
	icosahedron: s => new THREE.IcosahedronGeometry( s / 1.5, 1 ),
	torus: s => new THREE.TorusGeometry( s / 2, s / 5, 16, 100 ),
	dodecahedron: s => new THREE.DodecahedronGeometry( s / 1.5 ),
	torusKnot: s => new THREE.TorusKnotGeometry( s / 2.5, s / 8, 100, 16 ),
	cone: s => new THREE.ConeGeometry( s / 2, s, 32 ),
	cylinder: s => new THREE.CylinderGeometry( s / 2, s / 2, s, 32 ),
	octahedron: s => new THREE.OctahedronGeometry( s / 1.5 ),
	tetrahedron: s => new THREE.TetrahedronGeometry( s / 1.5 ),
	ring: s => new THREE.RingGeometry( s / 4, s / 2, 32 ),
	plane: s => new THREE.PlaneGeometry( s, s, 10, 10 ),
	spikySphere: s => scattered( new THREE.IcosahedronGeometry( s / 2, 5 ), random => 1 + ( random * 0.4 - 0.2 ) ),
	torusLarge: s => new THREE.TorusGeometry( s / 1.5, s / 10, 16, 100 ),
	conePointy: s => new THREE.ConeGeometry( s / 4, s, 32 ),
	crystalTall: s => new THREE.CylinderGeometry( s / 4, s / 3, s, 6 ),
	twistedBox: s => bent( new THREE.BoxGeometry( s, s, s, 10, 10, 10 ), ( { x, y, z } ) => {

		const twist = Math.sin( y * 0.5 ) * 0.5;
		return [ x * Math.cos( twist ) - z * Math.sin( twist ), y, z * Math.cos( twist ) + x * Math.sin( twist ) ];

	} ),
	wavyPlane: s => bent( new THREE.PlaneGeometry( s * 1.5, s * 1.5, 50, 50 ), ( { x, y } ) => [
		x, y, 0.5 * Math.sin( x * 2 ) + 0.3 * Math.cos( y * 2 ),
	] ),
	polyStar: s => new THREE.ShapeGeometry( star( s ) ),
	randomPoly: s => scattered( new THREE.IcosahedronGeometry( s / 2, 2 ), random => 0.8 + random * 0.4 ),
};

function star( size ) {

	const shape = new THREE.Shape();

	for ( let i = 0; i < 10; i ++ ) {

		const radius = i % 2 === 0 ? size / 2 : size / 4;
		const angle = i / 10 * Math.PI * 2;
		shape[ i === 0 ? 'moveTo' : 'lineTo' ]( Math.cos( angle ) * radius, Math.sin( angle ) * radius );

	}

	return shape;

}

function bent( geometry, move ) {

	const { position } = geometry.attributes;
	const vertex = new THREE.Vector3();

	for ( let i = 0; i < position.count; i ++ ) {

		vertex.fromBufferAttribute( position, i );
		position.setXYZ( i, ...move( vertex ) );

	}

	geometry.computeVertexNormals();
	return geometry;

}

// One throw for each corner, numbered as they first appear, so that triangles stay joined.
function scattered( geometry, factor ) {

	const corners = [];
	const near = geometry.parameters.radius * 1e-4;

	return bent( geometry, vertex => {

		let number = corners.findIndex( corner => corner.distanceTo( vertex ) < near );
		if ( number < 0 ) number = corners.push( vertex.clone() ) - 1;
		return vertex.multiplyScalar( factor( chance( seed, number ) ) ).toArray();

	} );

}

// The hash of oriel/shapes/_chance.py, in JavaScript.
function chance( seed, index ) {

	return ( pcg( index + pcg( seed ) ) >>> 8 ) / 2 ** 24;

}

function pcg( value ) {

	const state = ( Math.imul( value, 747796405 ) + 2891336453 ) >>> 0;
	const word = Math.imul( ( state >>> ( ( state >>> 28 ) + 4 ) ) ^ state, 277803737 ) >>> 0;
	return ( ( word >>> 22 ) ^ word ) >>> 0;

}

function dump( size, geometry ) {

	const { position, normal } = geometry.attributes;
	const triangles = geometry.index?.array ?? Array.from( { length: position.count }, ( _, i ) => i );

	return {
		size,
		positions: Array.from( position.array ),
		normals: Array.from( normal.array ),
		triangles: Array.from( triangles ),
		wireframe: Array.from( new THREE.WireframeGeometry( geometry ).attributes.position.array ),
	};

}

const shapes = Object.entries( builders ).map(
	( [ name, build ] ) => [ name, sizes.map( size => dump( size, build( size ) ) ) ]
);

process.stdout.write( JSON.stringify( Object.fromEntries( shapes ) ) );
