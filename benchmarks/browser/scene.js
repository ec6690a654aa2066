// What a visualiser in a browser draws: the glowing torus knot of `oriel bench`, with Three.js.
// window.film has what `benchmarks/browser.py` calls; every picture is a function of its index.

import * as THREE from 'three';
import { EffectComposer } from 'three/addons/postprocessing/EffectComposer.js';
import { OutputPass } from 'three/addons/postprocessing/OutputPass.js';
import { RenderPass } from 'three/addons/postprocessing/RenderPass.js';
import { UnrealBloomPass } from 'three/addons/postprocessing/UnrealBloomPass.js';

const FPS = 30;
const size = 4;
const { innerWidth: width, innerHeight: height } = window;

const renderer = new THREE.WebGLRenderer();
renderer.setSize( width, height );
document.body.append( renderer.domElement );

const scene = new THREE.Scene();
const camera = new THREE.PerspectiveCamera( 75, width / height, 0.1, 1000 );
camera.position.z = 10;

const material = new THREE.MeshBasicMaterial( { wireframe: true } );
const knot = new THREE.Mesh( new THREE.TorusKnotGeometry( size / 2.5, size / 8, 100, 16 ), material );
scene.add( knot );

// Bloom and order of passes as in Three.js' own example webgl_postprocessing_unreal_bloom.
const composer = new EffectComposer( renderer );
composer.addPass( new RenderPass( scene, camera ) );
composer.addPass( new UnrealBloomPass( new THREE.Vector2( width, height ), 1, 0.5, 0 ) );
composer.addPass( new OutputPass() );

const base = new THREE.Color( '#ffffff' );
const glow = new THREE.Color( '#8309d5' );

// The original's model, with sines in the place of bass and treble.
function draw( index ) {

	const seconds = index / FPS;
	const bass = 0.5 + 0.5 * Math.sin( seconds * 4 * Math.PI );
	const treble = 0.5 + 0.5 * Math.sin( seconds * 3 );

	knot.scale.setScalar( 1 + bass * 1.5 );
	knot.rotation.set( seconds * 0.1, seconds * 0.15, 0 );
	material.color.lerpColors( base, glow, treble );
	composer.render();

}

// Draws and waits until the picture is done, for the time that drawing alone takes.
function finish( index ) {

	draw( index );
	const gl = renderer.getContext();
	gl.readPixels( 0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array( 4 ) );

}

// Draws where the browser wants it drawn, so that the screenshot taken next shows this picture.
function show( index ) {

	return new Promise( resolve => requestAnimationFrame( () => {

		draw( index );
		resolve();

	} ) );

}

// The canvas as a JPEG, base64 coded.
function jpeg( index ) {

	draw( index );
	return renderer.domElement.toDataURL( 'image/jpeg', 0.8 ).slice( 'data:image/jpeg;base64,'.length );

}

// Which renderer draws: SwiftShader, where there is no GPU.
function drawnBy() {

	const gl = renderer.getContext();
	const names = gl.getExtension( 'WEBGL_debug_renderer_info' );
	return gl.getParameter( names ? names.UNMASKED_RENDERER_WEBGL : gl.RENDERER );

}

window.film = { finish, show, jpeg, drawnBy, three: THREE.REVISION };
